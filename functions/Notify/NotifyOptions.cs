namespace Pipeline.Functions.Notify;

/// <summary>Settings of section <c>Notify</c>.</summary>
public sealed class NotifyOptions
{
    public const string Section = "Notify";

    /// <summary>Address under which people reach this system, for links in messages.</summary>
    /// <value>Absolute http or https address. Default: none, messages carry no link.</value>
    public string PublicUrl { get; set; } = "";

    /// <summary><see cref="PublicUrl"/> as a base address; null when it is not set.</summary>
    public Uri? PublicUri => PublicUrl.Length > 0 ? OptionErrors.Base(PublicUrl) : null;

    internal void Check()
    {
        var errors = new OptionErrors(Section);
        var valid = Uri.TryCreate(PublicUrl, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https");
        errors.That(PublicUrl.Length == 0 || valid, nameof(PublicUrl), "must be an absolute http or https address");
        errors.ThrowIfAny(typeof(NotifyOptions));
    }
}
