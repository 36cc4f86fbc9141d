namespace Pipeline.Functions.GrafanaWebhook.Authentication;

/// <summary>How a caller was admitted, or why not.</summary>
internal enum AuthOutcome
{
    /// <summary>No credential is configured.</summary>
    Open,
    Signature,
    BearerToken,
    Basic,

    /// <summary>None of the configured credentials was presented.</summary>
    Missing,
    BadSignature,

    /// <summary>The signature is right; its time is outside the window.</summary>
    BadTimestamp,
    BadCredentials,
}

internal static class AuthOutcomes
{
    public static bool IsAdmitted(this AuthOutcome outcome) => outcome <= AuthOutcome.Basic;
}
