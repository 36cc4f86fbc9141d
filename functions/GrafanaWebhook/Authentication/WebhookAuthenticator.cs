using System.Globalization;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Pipeline.Functions.GrafanaWebhook.Authentication;

/// <summary>Decides by headers and raw body whether a caller is admitted. The rule is in <see cref="GrafanaOptions"/>.</summary>
internal sealed class WebhookAuthenticator
{
    // Longer than any credential that fits a header line of common proxies; bounds the work on a stranger's header.
    private const int MaxCredentialLength = 4096;

    private readonly GrafanaOptions _options;
    private readonly TimeProvider _time;
    private readonly BodySignature? _signature;
    private readonly SecretDigest? _token;
    private readonly SecretDigest? _basic;

    public WebhookAuthenticator(GrafanaOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _signature = options.HmacSecret is { } secret ? new(secret) : null;
        _token = options.BearerToken is { } token ? new(token) : null;
        _basic = options.BasicUser is { } user ? new($"{user}:{options.BasicPassword}") : null;
        Challenges = Headers().ToArray();
    }

    /// <summary>Values of <c>WWW-Authenticate</c> (RFC 9110, section 11.6.1): every way in.</summary>
    public StringValues Challenges { get; }

    public AuthOutcome Check(IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        if (!_options.RequiresCredentials)
            return AuthOutcome.Open;
        if (_signature is not null && headers.TryGetValue(_options.SignatureHeader, out var presented))
            return CheckSignature(headers, body, presented);
        return headers.Authorization is { Count: > 0 } authorization ? CheckAuthorization(authorization) : AuthOutcome.Missing;
    }

    public string Explain(AuthOutcome outcome) => outcome switch
    {
        AuthOutcome.BadSignature => $"{_options.SignatureHeader}: the signature is wrong"
            + (_options.TimestampHeader is null ? "" : $" or {_options.TimestampHeader} is missing"),
        AuthOutcome.BadTimestamp => $"{_options.TimestampHeader}: more than {_options.SkewSeconds} s away from the clock here",
        AuthOutcome.BadCredentials => "Authorization: the credentials are wrong",
        _ => "credentials are missing",
    };

    private AuthOutcome CheckSignature(IHeaderDictionary headers, ReadOnlySpan<byte> body, StringValues presented)
    {
        string? timestamp = null;
        if (_options.TimestampHeader is { } name && (timestamp = Single(headers[name])) is null)
            return AuthOutcome.BadSignature;
        if (Single(presented) is not { } signature || !_signature!.Matches(body, timestamp, signature))
            return AuthOutcome.BadSignature;
        return timestamp is null || IsNear(timestamp) ? AuthOutcome.Signature : AuthOutcome.BadTimestamp;
    }

    private bool IsNear(string timestamp)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        return long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var signedAt)
            && signedAt >= now - _options.SkewSeconds && signedAt <= now + _options.SkewSeconds;
    }

    private AuthOutcome CheckAuthorization(StringValues authorization)
    {
        if (Single(authorization) is not { Length: <= MaxCredentialLength } text)
            return AuthOutcome.BadCredentials;
        var space = Math.Max(text.IndexOf(' '), 0);
        var scheme = text.AsSpan(0, space);
        var credentials = text.AsSpan(space).Trim();
        if (_token is not null && scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return Matches(_token, credentials) ? AuthOutcome.BearerToken : AuthOutcome.BadCredentials;
        if (_basic is not null && scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            return MatchesBase64(_basic, credentials) ? AuthOutcome.Basic : AuthOutcome.BadCredentials;
        return AuthOutcome.BadCredentials;
    }

    private static bool Matches(SecretDigest secret, ReadOnlySpan<char> credentials)
    {
        Span<byte> bytes = stackalloc byte[MaxCredentialLength * 3];
        return secret.Matches(bytes[..Encoding.UTF8.GetBytes(credentials, bytes)]);
    }

    private static bool MatchesBase64(SecretDigest secret, ReadOnlySpan<char> credentials)
    {
        Span<byte> bytes = stackalloc byte[MaxCredentialLength];
        return Convert.TryFromBase64Chars(credentials, bytes, out var length) && secret.Matches(bytes[..length]);
    }

    /// <summary>A credential given twice is none: two readers could choose differently.</summary>
    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;

    private IEnumerable<string> Headers()
    {
        if (_signature is not null)
            yield return $"HMAC-SHA256 header=\"{_options.SignatureHeader}\"";
        if (_token is not null)
            yield return "Bearer realm=\"grafana\"";
        if (_basic is not null)
            yield return "Basic realm=\"grafana\", charset=\"UTF-8\"";
    }
}
