using System.Globalization;
using Microsoft.Extensions.Options;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>Who may call the webhook: settings <c>Grafana:*</c>. An empty setting counts as absent.</summary>
/// <remarks>
/// Any one configured credential that is presented and right admits. A signature that is presented must be right, whatever
/// else comes with it, because a wrong one means that the body is not what Grafana sent.
/// </remarks>
public sealed class GrafanaOptions
{
    public const string DefaultSignatureHeader = "X-Grafana-Alerting-Signature";

    private static readonly string[] Names =
    [
        nameof(HmacSecret), nameof(SignatureHeader), nameof(TimestampHeader), nameof(BearerToken), nameof(BasicUser), nameof(BasicPassword),
        nameof(SkewSeconds),
    ];

    /// <summary>Key of the HMAC-SHA256 signature over the raw body.</summary>
    public string? HmacSecret { get; init; }

    /// <summary>Header that holds the signature in lower-case hex.</summary>
    public string SignatureHeader { get; init; } = DefaultSignatureHeader;

    /// <summary>
    /// Header that holds the time of the signature in Unix seconds, as configured in Grafana. Set: the signature covers
    /// <c>time:body</c>, and a notification outside <see cref="SkewSeconds"/> is refused. Default: none.
    /// </summary>
    public string? TimestampHeader { get; init; }

    /// <summary>Token of <c>Authorization: Bearer</c>.</summary>
    public string? BearerToken { get; init; }

    /// <summary>User of <c>Authorization: Basic</c>; needs <see cref="BasicPassword"/>.</summary>
    public string? BasicUser { get; init; }

    public string? BasicPassword { get; init; }

    /// <summary>How far the time of a signature may lie before or after now. Seconds; default 300, 1 to 3600.</summary>
    public int SkewSeconds { get; init; } = 300;

    /// <summary>True when a caller must present a credential; false: everybody who reaches the port is admitted.</summary>
    public bool RequiresCredentials => HmacSecret is not null || BearerToken is not null || BasicUser is not null;

    /// <summary>A person or a script can present a credential, which a signature is not.</summary>
    public bool HasPassword => BearerToken is not null || BasicUser is not null;

    /// <exception cref="OptionsValidationException">A number is none, or a setting is unknown.</exception>
    public static GrafanaOptions From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Grafana");
        // A credential whose name is misspelt would be none, and everybody on this machine admitted.
        if (section.GetChildren().FirstOrDefault(setting => !Names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw Invalid([$"Grafana:{unknown.Key} is no setting; there are {string.Join(", ", Names)}"]);
        var skew = 300;
        if (Text("SkewSeconds") is { } text && !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out skew))
            throw Invalid(["Grafana:SkewSeconds must be a whole number of seconds, 1 to 3600"]);
        return new()
        {
            HmacSecret = Text("HmacSecret"),
            SignatureHeader = Text("SignatureHeader") ?? DefaultSignatureHeader,
            TimestampHeader = Text("TimestampHeader"),
            BearerToken = Text("BearerToken"),
            BasicUser = Text("BasicUser"),
            BasicPassword = Text("BasicPassword"),
            SkewSeconds = skew,
        };

        string? Text(string name) => section[name] is { Length: > 0 } value ? value : null;
    }

    /// <param name="isLoopback">Nothing but this machine can reach the port.</param>
    /// <exception cref="OptionsValidationException">The settings contradict each other, or the webhook would stand open to a network.</exception>
    public void Validate(bool isLoopback)
    {
        var errors = new List<string>();
        foreach (var (name, value) in new[]
            { (nameof(HmacSecret), HmacSecret), (nameof(BearerToken), BearerToken), (nameof(BasicUser), BasicUser), (nameof(BasicPassword), BasicPassword) })
        {
            if (value is not null && string.IsNullOrWhiteSpace(value))
                errors.Add($"Grafana:{name} must not be blank");
        }

        if ((BasicUser is null) != (BasicPassword is null))
            errors.Add($"Grafana:{(BasicUser is null ? nameof(BasicUser) : nameof(BasicPassword))} is missing; basic authentication needs user and password");
        if (BasicUser?.Contains(':') == true)
            errors.Add("Grafana:BasicUser must not contain a colon (RFC 7617, section 2)");
        if (TimestampHeader is not null && HmacSecret is null)
            errors.Add("Grafana:TimestampHeader needs Grafana:HmacSecret, whose signature covers the time");
        foreach (var (name, header) in new[] { (nameof(TimestampHeader), TimestampHeader), (nameof(SignatureHeader), SignatureHeader) })
        {
            if (header is not null && !IsToken(header))
                errors.Add($"Grafana:{name} must be the name of a header");
        }

        if (SkewSeconds is < 1 or > 3600)
            errors.Add($"Grafana:SkewSeconds must be 1 to 3600, is {SkewSeconds}");
        if (!RequiresCredentials && !isLoopback)
        {
            errors.Add("Grafana:HmacSecret, Grafana:BearerToken or Grafana:BasicUser with Grafana:BasicPassword must be set: "
                + "the webhook starts repairs and its port is not bound to loopback");
        }

        if (errors.Count > 0)
            throw Invalid(errors);
    }

    /// <summary>Who is admitted, without any secret.</summary>
    public string Describe()
    {
        if (!RequiresCredentials)
            return "anybody on this machine (no credential is configured, loopback only)";
        var ways = new List<string>(3);
        if (HmacSecret is not null)
            ways.Add(TimestampHeader is null ? $"a signature in {SignatureHeader}" : $"a signature in {SignatureHeader} with its time in {TimestampHeader}");
        if (BearerToken is not null)
            ways.Add("a bearer token");
        if (BasicUser is not null)
            ways.Add("basic authentication");
        return $"callers with {string.Join(" or ", ways)}";
    }

    private static bool IsToken(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static OptionsValidationException Invalid(IEnumerable<string> errors) => new("Grafana", typeof(GrafanaOptions), errors);
}
