using Pipeline.Contracts;

namespace Pipeline.Functions.Api;

/// <summary>Turns what went wrong into <c>{"error":"…"}</c> with a status.</summary>
internal sealed class ApiErrorFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (ApiException e)
        {
            return Error(e.Message, e.Status);
        }
        catch (HotpathUnavailableException e)
        {
            context.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(e.RetryAfter.TotalSeconds).ToString("0");
            return Error(e.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }

    public static IResult Error(string message, int status) => Results.Json(new ErrorJson(message), ApiJson.Default.ErrorJson, statusCode: status);
}
