namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>How a call of the webhook ended.</summary>
public enum WebhookOutcome
{
    /// <summary>202: every alert that can be used is durable.</summary>
    Accepted,

    /// <summary>400: not a notification, or none of its alerts can be used; the answer names the field.</summary>
    BadRequest,

    /// <summary>401.</summary>
    Unauthorized,

    /// <summary>405.</summary>
    MethodNotAllowed,

    /// <summary>413: over 1 MiB.</summary>
    TooLarge,

    /// <summary>415: not JSON in UTF-8.</summary>
    UnsupportedMediaType,

    /// <summary>503: it could not be made durable now.</summary>
    Unavailable,

    /// <summary>The caller went away before the body was there.</summary>
    Aborted,

    /// <summary>500: a defect.</summary>
    Failed,
}
