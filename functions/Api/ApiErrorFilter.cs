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
        catch (InvalidRequestException e)
        {
            return Error(e.Message, StatusCodes.Status400BadRequest);
        }
        catch (RequestRefusedException e)
        {
            return Error(e.Message, StatusOf(e.Reason));
        }
        catch (HotpathUnavailableException e)
        {
            context.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(e.RetryAfter.TotalSeconds).ToString("0");
            return Error(e.Message, StatusCodes.Status503ServiceUnavailable);
        }
    }

    public static IResult Error(string message, int status) => Results.Json(new ErrorJson(message), ApiJson.Default.ErrorJson, statusCode: status);

    // 401 would ask for credentials that this port does not take.
    private static int StatusOf(RefusalReason reason) => reason switch
    {
        RefusalReason.NotFound => StatusCodes.Status404NotFound,
        RefusalReason.AlreadyExists or RefusalReason.FailedPrecondition or RefusalReason.Aborted => StatusCodes.Status409Conflict,
        RefusalReason.PermissionDenied or RefusalReason.Unauthenticated => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status400BadRequest,
    };
}
