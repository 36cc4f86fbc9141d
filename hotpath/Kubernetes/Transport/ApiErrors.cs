using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Transport;

/// <summary>What went wrong, in one form.</summary>
internal static class ApiErrors
{
    // A Status is a few kilobytes; a proxy's page may be anything.
    private const int BodyMax = 256 * 1024;
    private const int TextMax = 500;

    public static async Task<KubernetesException> OfAsync(ApiRequest request, HttpResponseMessage response, TimeProvider time, CancellationToken cancellation)
    {
        var body = await ReadAsync(response.Content, cancellation).ConfigureAwait(false);
        var status = StatusOf(body);
        var code = (int)response.StatusCode;
        var said = status?.Message is { Length: > 0 } message ? message : Text(body);
        return new KubernetesException(
            code,
            status?.Reason is { Length: > 0 } reason ? reason : response.StatusCode.ToString(),
            $"{request.Method} {PathOf(request)}: {code} {(said.Length > 0 ? said : response.ReasonPhrase)}",
            status,
            RetryAfter(response, status, time))
        {
            Denied = Forbidden.IsForWantOfRight(code, status) ? AccessRight.Of(request) : null,
        };
    }

    /// <summary>A Status that came as an event of a watch.</summary>
    public static KubernetesException OfStatus(string what, Status status)
        => new(status.Code, status.Reason ?? ((HttpStatusCode)status.Code).ToString(), $"{what}: {status.Code} {status.Message}", status);

    /// <returns>Null: the exception says nothing about the request.</returns>
    public static KubernetesException? Of(ApiRequest request, Exception exception) => exception switch
    {
        KubernetesException known => known,
        HttpRequestException { HttpRequestError: var error } => new(0, Reasons.Unreachable, $"{request.Method} {PathOf(request)}: {Innermost(exception)}", inner: exception)
        {
            NotSent = error is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError,
        },
        // How the handler reports that a connection took longer than its ConnectTimeout.
        OperationCanceledException { InnerException: TimeoutException } => new(0, Reasons.Unreachable, $"{request.Method} {PathOf(request)}: {exception.Message}", inner: exception)
        {
            NotSent = true,
        },
        // A connection that ends in the moment in which it was made is reported by the handler as the socket does (HttpConnectionPool.ConnectAsync).
        IOException or SocketException => new(0, Reasons.Unreachable, $"{request.Method} {PathOf(request)}: {Innermost(exception)}", inner: exception),
        JsonException => Invalid(request, exception.Message, exception),
        _ => null,
    };

    public static KubernetesException Invalid(ApiRequest request, string what, Exception? inner = null)
        => new(0, Reasons.InvalidResponse, $"{request.Method} {PathOf(request)}: the answer cannot be read: {what}", inner: inner);

    private static string PathOf(ApiRequest request)
        => request.Path.IndexOf('?') is >= 0 and var query ? request.Path[..query] : request.Path;

    private static string Innermost(Exception exception)
        => exception.GetBaseException() is var root && root != exception ? $"{exception.Message} {root.Message}" : exception.Message;

    private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        var body = new byte[BodyMax];
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var length = await stream.ReadAtLeastAsync(body, BodyMax, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return body[..length];
    }

    private static Status? StatusOf(byte[] body)
    {
        if (body is not [(byte)'{', ..])
            return null;
        try
        {
            return JsonSerializer.Deserialize(body, KubernetesJson.Options.TypeInfo<Status>()) is { Kind: "Status" } status ? status : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, TextMax))).Trim();

    private static TimeSpan? RetryAfter(HttpResponseMessage response, Status? status, TimeProvider time)
    {
        if (response.Headers.RetryAfter?.Delta is { } delta)
            return delta;
        if (response.Headers.RetryAfter?.Date is { } date)
            return date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero;
        return status?.Details?.RetryAfterSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null;
    }
}
