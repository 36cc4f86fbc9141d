using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Policy;

namespace Pipeline.Functions.Api;

/// <summary><c>GET</c> and <c>PUT /api/policy</c>: the scheduling policy in force, as the YAML that operators write.</summary>
internal static class PolicyEndpoints
{
    /// <summary>As much as one command may have; far more than a policy of thousands of projects.</summary>
    private const int MaxBytes = 4 << 20;

    private const string Yaml = "application/yaml";
    private const string BodyName = "body";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>YAML, or with <c>Accept: application/json</c> the message <c>pipeline.v1.SchedulingPolicy</c> as JSON.</summary>
    public static async Task<IResult> GetAsync(HttpRequest request, ISchedulerApi scheduler, CancellationToken cancellation)
    {
        var policy = (await scheduler.GetSchedulingPolicyAsync(new GetSchedulingPolicyRequest(), cancellation)).Policy;
        return WantsJson(request)
            ? Results.Text(JsonFormatter.Default.Format(policy), "application/json", Encoding.UTF8)
            : Results.Text(PolicyWriter.Write(policy), Yaml, Encoding.UTF8);
    }

    /// <summary>Replaces the policy as a whole, or says everything that is wrong with it and changes nothing.</summary>
    public static async Task<IResult> PutAsync(HttpContext http, ISchedulerApi scheduler, CancellationToken cancellation)
    {
        var text = await ReadAsync(http, cancellation);
        try
        {
            var policy = PolicyLoader.Parse(BodyName, text);
            var reply = await scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = policy }, cancellation);
            return Results.Json(new PolicyChangeJson(reply.Changed), ApiJson.Default.PolicyChangeJson);
        }
        catch (PolicyException wrong)
        {
            return Problems([.. wrong.Errors.Select(error => error.ToString())]);
        }
        catch (Exception refused) when (refused is RequestRefusedException or ArgumentException)
        {
            return Problems([refused.Message]);
        }
    }

    private static IResult Problems(IReadOnlyList<string> problems) => Results.Json(
        new PolicyProblemsJson($"The policy has {problems.Count} error(s); nothing has changed.", problems), ApiJson.Default.PolicyProblemsJson,
        statusCode: StatusCodes.Status400BadRequest);

    // What other sites may send without asking (forms, plain text) is not taken; a file sent by hand has no type.
    private static async Task<string> ReadAsync(HttpContext http, CancellationToken cancellation)
    {
        if (http.Request.ContentType is { } type
            && (!MediaTypeHeaderValue.TryParse(type, out var media) || !(media.SubType.EndsWith("yaml", StringComparison.OrdinalIgnoreCase))))
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, $"Content-Type: must be {Yaml}");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBytes;
        try
        {
            using var reader = new StreamReader(http.Request.Body, StrictUtf8);
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            throw ApiException.BadField(BodyName, "must be UTF-8");
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ApiException(e.StatusCode, $"{BodyName}: must not be over {MaxBytes} bytes");
        }
    }

    private static bool WantsJson(HttpRequest request) => request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == "application/json");
}

/// <param name="Changed">False: it was in force already.</param>
public sealed record PolicyChangeJson(bool Changed);

/// <param name="Problems">One line for each mistake, with its place in the body.</param>
public sealed record PolicyProblemsJson(string Error, IReadOnlyList<string> Problems);
