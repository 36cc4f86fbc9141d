using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook.Authentication;
using Pipeline.Functions.GrafanaWebhook.Mapping;
using Pipeline.Functions.GrafanaWebhook.Payload;
using Pipeline.Functions.Repair;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>Takes notifications of Grafana and Alertmanager and answers 202 once all their alerts that can be used are durable.</summary>
public sealed class GrafanaWebhookHandler(
    IRepairApi repair, Taxonomy taxonomy, GrafanaOptions options, WebhookMetrics metrics, TimeProvider time, ILogger<GrafanaWebhookHandler> log)
{
    private readonly WebhookAuthenticator _authenticator = new(options, time);
    private readonly AlertMapper _mapper = new(taxonomy);

    /// <summary>The HTTP trigger.</summary>
    /// <exception cref="OperationCanceledException">The caller went away before the body was there.</exception>
    public async Task<WebhookResponse> RunAsync(HttpRequest req, CancellationToken cancellation = default)
    {
        var started = time.GetTimestamp();
        var outcome = WebhookOutcome.Failed;
        try
        {
            var response = await AnswerAsync(req, cancellation).ConfigureAwait(false);
            outcome = response.Outcome;
            return response;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && cancellation.IsCancellationRequested)
        {
            outcome = WebhookOutcome.Aborted;
            throw;
        }
        finally
        {
            metrics.Answered(outcome, time.GetElapsedTime(started));
        }
    }

    /// <summary>Everything after the body was read: authenticate, parse, map, report.</summary>
    public async Task<WebhookResponse> HandleAsync(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        if (body.Length > RequestBody.Limit)
            return Refuse(WebhookResponse.TooLarge(RequestBody.Limit), "body over the limit");
        var admitted = _authenticator.Check(headers, body.Span);
        if (!admitted.IsAdmitted())
        {
            metrics.Refused(admitted);
            var reason = _authenticator.Explain(admitted);
            return Refuse(WebhookResponse.Unauthorized(reason, _authenticator.Challenges), reason);
        }

        if (PayloadReader.Read(body.Span, out var error) is not { } payload)
            return Refuse(WebhookResponse.BadRequest(error), error);

        var request = _mapper.Map(payload, time.GetUtcNow().ToUnixTimeMilliseconds(), out var shortened);
        LogLeftOut(request, payload.Problems, shortened);
        try
        {
            var reply = await ReportAsync(request).ConfigureAwait(false);
            metrics.Reported(reply, payload.Problems.Count, request.TruncatedAlerts, shortened);
            return WebhookResponse.Accepted(reply, payload.Problems);
        }
        catch (ArgumentException e)
        {
            // Sent again it would be refused again, so it must not look like a defect of ours.
            return Refuse(WebhookResponse.BadRequest(e.Message), e.Message);
        }
        catch (HotpathUnavailableException e)
        {
            log.Unavailable(e, request.Alerts.Count);
            return WebhookResponse.Unavailable(e.RetryAfter);
        }
    }

    private async Task<ReportAlertsReply> ReportAsync(ReportAlertsRequest request)
    {
        var all = new ReportAlertsReply();
        // When a part fails the sender repeats the notification, and those before it are then duplicates.
        foreach (var part in ReportParts.Of(request))
        {
            // Not cancelled with the caller: the fault is real whether or not its sender waits for the answer.
            var reply = await repair.ReportAlertsAsync(part, CancellationToken.None).ConfigureAwait(false);
            all.Outcomes.AddRange(reply.Outcomes);
            all.Runs.AddRange(reply.Runs);
        }

        return all;
    }

    private void LogLeftOut(ReportAlertsRequest request, AlertProblems problems, int shortened)
    {
        if (problems.Count > 0)
            log.Malformed(request.Source, problems.Count, problems.Told[0]);
        if (shortened > 0)
            log.Shortened(request.Source, shortened);
        if (request.TruncatedAlerts > 0)
            log.Truncated(request.Source, request.TruncatedAlerts);
    }

    private async Task<WebhookResponse> AnswerAsync(HttpRequest req, CancellationToken cancellation)
    {
        if (ContentRules.Check(req) is { } refusal)
            return refusal;
        try
        {
            using var body = await RequestBody.ReadAsync(req, cancellation).ConfigureAwait(false);
            return body.IsTooLarge
                ? Refuse(WebhookResponse.TooLarge(RequestBody.Limit), "body over the limit")
                : await HandleAsync(req.Headers, body.Bytes).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            // The server found the body itself malformed, cut off or too slow.
            return Refuse(WebhookResponse.BadRequest($"body: {e.Message}", e.StatusCode), e.Message);
        }
    }

    private WebhookResponse Refuse(WebhookResponse response, string reason)
    {
        log.Refused(response.Outcome, reason);
        return response;
    }
}
