using System.Net;
using System.Text.Json;

namespace Pipeline.Functions.Notify.Http;

/// <summary>What a service answered.</summary>
/// <param name="Status">Null: no answer (timeout, refused connection), so nobody knows whether the call took effect.</param>
/// <param name="Body">The JSON body; of kind Undefined when there was none or it was no JSON.</param>
/// <param name="RetryAfter">What the service asked for, at least one second and at most <see cref="NotifyLimits.PatienceMax"/>.</param>
/// <param name="LimitReason">Header <c>RateLimit-Reason</c>; empty when absent.</param>
/// <param name="Problem">Why there was no answer; empty when there was one.</param>
internal sealed record ApiReply(HttpStatusCode? Status, JsonElement Body, TimeSpan? RetryAfter, string LimitReason, string Problem)
{
    /// <summary>The service is busy or away: the same call may succeed later.</summary>
    public bool IsOutage => Status is null or HttpStatusCode.RequestTimeout || (int?)Status >= 500;

    public bool IsThrottled => Status == HttpStatusCode.TooManyRequests;

    public bool IsSuccess => (int?)Status is >= 200 and < 300;
}
