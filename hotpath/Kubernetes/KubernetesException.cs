using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes;

/// <summary>The server refused a request, or no answer came.</summary>
/// <param name="code">HTTP status; 0 when there was none.</param>
/// <param name="reason">The server's word for programs, or one of <see cref="Reasons"/>.</param>
public sealed class KubernetesException(int code, string reason, string message, Status? status = null, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    /// <summary>All that the server said; null when it said nothing in its own format.</summary>
    public Status? Status { get; } = status;

    /// <summary>Which object and which of its fields.</summary>
    public StatusDetails? Details => Status?.Details;

    /// <summary>When the server wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public bool IsNotFound => Code == 404;

    /// <summary>The object has changed since it was read, or a precondition does not hold.</summary>
    public bool IsConflict => Code == 409 && Reason != Reasons.AlreadyExists;

    public bool IsAlreadyExists => Code == 409 && Reason == Reasons.AlreadyExists;

    public bool IsForbidden => Code == 403;

    /// <summary>What the server's authorizer did not allow; null: another refusal, such as that of a quota or of a webhook, which have the same code.</summary>
    public AccessRight? Denied { get; internal init; }

    /// <summary>The server has decided against the request as it is: nothing was done, and the same request gets the same answer until something else changes.</summary>
    public bool IsDecided => Code is >= 400 and < 500 and not (401 or 408 or 409 or 429);

    /// <summary>The resourceVersion or the page is too old: list again (api-concepts, "410 Gone responses").</summary>
    public bool IsExpired => Code == 410 || Reason is Reasons.Expired or Reasons.Gone;

    /// <summary>An eviction that a PodDisruptionBudget does not allow now.</summary>
    public bool IsDisruptionBudget => Code == 429 && Details is { } details && details.Causes.Any(cause => cause.Reason == Reasons.DisruptionBudget);

    /// <summary>Nobody answered: whether the request was carried out is unknown, unless it was <see cref="NotSent"/>.</summary>
    public bool IsUnanswered => Code == 0;

    /// <summary>The request never reached the server.</summary>
    public bool NotSent { get; internal init; }
}
