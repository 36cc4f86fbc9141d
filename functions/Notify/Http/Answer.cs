namespace Pipeline.Functions.Notify.Http;

/// <summary>A value, or why there is none. Exactly one of the two counts: with a failure the value is default.</summary>
internal readonly record struct Answer<T>(T? Value, TellResult? Failure)
{
    public static implicit operator Answer<T>(TellResult failure) => new(default, failure);
}
