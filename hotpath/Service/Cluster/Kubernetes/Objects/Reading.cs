namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>An object as an entry of the policy, or what is wrong with it.</summary>
/// <param name="Problem">Begins with the field. Null: nothing.</param>
internal readonly record struct Reading<T>(T? Entry, string? Problem)
    where T : class
{
    public static Reading<T> Of(T entry) => new(entry, null);

    public static Reading<T> Wrong(string field, string problem) => new(null, $"{field}: {problem}.");
}
