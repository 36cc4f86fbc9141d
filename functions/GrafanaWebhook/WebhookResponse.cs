using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>What the webhook answers. The body is JSON: <see cref="WebhookAnswer"/> with 202, else <see cref="WebhookError"/>.</summary>
public sealed class WebhookResponse : IResult
{
    private WebhookResponse(int status, WebhookOutcome outcome, byte[] body) => (Status, Outcome, Body) = (status, outcome, body);

    public int Status { get; }

    public WebhookOutcome Outcome { get; }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Header <c>Allow</c>, or null.</summary>
    public string? Allow { get; private init; }

    /// <summary>Header <c>Retry-After</c> in seconds, or null.</summary>
    public string? RetryAfter { get; private init; }

    /// <summary>Headers <c>WWW-Authenticate</c>; none but with 401.</summary>
    public StringValues Challenges { get; private init; }

    internal static WebhookResponse Accepted(ReportAlertsReply reply, AlertProblems problems) => new(
        StatusCodes.Status202Accepted, WebhookOutcome.Accepted,
        JsonSerializer.SerializeToUtf8Bytes(WebhookAnswer.From(reply, problems), WebhookJson.AnswerFor(problems)));

    public static WebhookResponse BadRequest(string error, int status = StatusCodes.Status400BadRequest) =>
        new(status, WebhookOutcome.BadRequest, Error(error));

    public static WebhookResponse Unauthorized(string error, StringValues challenges) =>
        new(StatusCodes.Status401Unauthorized, WebhookOutcome.Unauthorized, Error(error)) { Challenges = challenges };

    public static WebhookResponse MethodNotAllowed() =>
        new(StatusCodes.Status405MethodNotAllowed, WebhookOutcome.MethodNotAllowed, Error("method: send POST or PUT")) { Allow = "POST, PUT" };

    public static WebhookResponse TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, WebhookOutcome.TooLarge, Error($"body: over {limit} bytes; lower the number of alerts of a notification"));

    public static WebhookResponse UnsupportedMediaType(string error) =>
        new(StatusCodes.Status415UnsupportedMediaType, WebhookOutcome.UnsupportedMediaType, Error(error));

    public static WebhookResponse Unavailable(TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, WebhookOutcome.Unavailable, Error("the alerts could not be made durable; send them again"))
        {
            RetryAfter = ((long)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture),
        };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.ContentLength = Body.Length;
        if (Allow is not null)
            response.Headers.Allow = Allow;
        if (RetryAfter is not null)
            response.Headers.RetryAfter = RetryAfter;
        if (Challenges.Count > 0)
            response.Headers.WWWAuthenticate = Challenges;
        return response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
    }

    private static byte[] Error(string error) => JsonSerializer.SerializeToUtf8Bytes(new WebhookError(error), WebhookJson.Relaxed.WebhookError);
}
