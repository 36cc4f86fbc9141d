using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.GrafanaWebhook.Authentication;

namespace Pipeline.Functions.Api;

/// <summary>
/// Lets only callers with the webhook's bearer token or password change anything over the API. A signature is not asked for: nothing but
/// Grafana signs.
/// </summary>
internal sealed class WriteGuard(GrafanaOptions options, TimeProvider time) : IEndpointFilter
{
    private readonly WebhookAuthenticator _authenticator = new(
        new GrafanaOptions { BearerToken = options.BearerToken, BasicUser = options.BasicUser, BasicPassword = options.BasicPassword }, time);

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var outcome = _authenticator.Check(http.Request.Headers, []);
        if (outcome.IsAdmitted())
            return next(context);
        http.Response.Headers.WWWAuthenticate = _authenticator.Challenges;
        return ValueTask.FromResult<object?>(ApiErrorFilter.Error(_authenticator.Explain(outcome), StatusCodes.Status401Unauthorized));
    }
}
