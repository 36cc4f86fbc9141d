using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class WebhookHttpTests
{
    private const int Limit = 1024 * 1024;

    [Theory]
    [InlineData("POST", "application/json")]
    [InlineData("PUT", "application/json")]
    [InlineData("POST", "application/json; charset=utf-8")]
    [InlineData("POST", "Application/JSON;charset=\"UTF-8\"")]
    public async Task A_notification_is_answered_with_202(string method, string contentType)
    {
        await using var server = await WebhookServer.StartAsync();
        using var response = await SendAsync(server, Fixture.Bytes(Fixture.GrafanaFiring), method, contentType);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("""{"accepted":1,"duplicates":0,"ignored":0,"runs":["run-1"]}""", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task Another_method_is_answered_with_405(string method)
    {
        await using var server = await WebhookServer.StartAsync();
        using var response = await server.Client.SendAsync(new(new(method), "/api/grafana"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST", "PUT"], response.Content.Headers.Allow.Order());
        Assert.StartsWith("method:", await ErrorAsync(response));
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/x-www-form-urlencoded", null)]
    [InlineData("application/json; charset=utf-16", null)]
    [InlineData(null, null)]
    [InlineData("application/json", "gzip")]
    public async Task Another_content_is_answered_with_415(string? contentType, string? encoding)
    {
        await using var server = await WebhookServer.StartAsync();
        using var response = await SendAsync(server, Fixture.Bytes(Fixture.GrafanaFiring), "POST", contentType, encoding);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.StartsWith("Content-", await ErrorAsync(response));
        Assert.Empty(server.Repair.Reports);
    }

    [Theory]
    [InlineData(Limit, false, HttpStatusCode.Accepted)]
    [InlineData(Limit, true, HttpStatusCode.Accepted)]
    [InlineData(Limit + 1, false, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(Limit + 1, true, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(3 * Limit, true, HttpStatusCode.RequestEntityTooLarge)]
    public async Task The_limit_holds_with_and_without_a_length(int size, bool chunked, HttpStatusCode status)
    {
        await using var server = await WebhookServer.StartAsync();
        var body = new byte[size];
        body.AsSpan().Fill((byte)' ');
        Fixture.Bytes(Fixture.GrafanaFiring).CopyTo(body, 0);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/grafana") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.Accepted ? 1 : 0, server.Repair.Reports.Count);
    }

    [Fact]
    public async Task A_signed_notification_in_small_pieces_is_admitted()
    {
        await using var server = await WebhookServer.StartAsync(("Grafana:HmacSecret", "repair-secret"), ("Grafana:TimestampHeader", "X-T"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/grafana") { Content = new PieceContent(Fixture.Bytes(Fixture.GrafanaFiring), 100) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Grafana-Alerting-Signature", "726565c2a9d7c020ccf6a95dac38d0519692c5870e0a2f05d987641678e3a0db");
        request.Headers.Add("X-T", "1795302010");
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    [Fact]
    public async Task Missing_credentials_are_answered_with_401_and_a_challenge()
    {
        await using var server = await WebhookServer.StartAsync(("Grafana:BearerToken", "t"), ("Grafana:BasicUser", "u"), ("Grafana:BasicPassword", "p"));
        using var refused = await SendAsync(server, Fixture.Bytes(Fixture.GrafanaFiring));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(["Bearer", "Basic"], refused.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "t");
        using var admitted = await SendAsync(server, Fixture.Bytes(Fixture.GrafanaFiring));
        Assert.Equal(HttpStatusCode.Accepted, admitted.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_made_durable_is_answered_with_503()
    {
        await using var server = await WebhookServer.StartAsync();
        server.Repair.Answer = _ => throw new HotpathUnavailableException("stopping", TimeSpan.FromSeconds(5));
        using var response = await SendAsync(server, Fixture.Bytes(Fixture.GrafanaFiring));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_broken_chunk_is_answered_with_400()
    {
        await using var server = await WebhookServer.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Client.BaseAddress!.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync("POST /api/grafana HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"u8.ToArray());
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 400", await reader.ReadLineAsync());
        Assert.Empty(server.Repair.Reports);
    }

    [Fact]
    public async Task A_caller_that_goes_away_does_not_take_its_alert_along()
    {
        await using var server = await WebhookServer.StartAsync();
        var reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finished = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Repair.Answer = async request =>
        {
            reported.SetResult();
            await release.Task;
            finished.SetResult(request.Alerts.Count);
            return RecordingRepairApi.AllAccepted(request);
        };
        using var gone = new CancellationTokenSource();
        var call = SendAsync(server, Fixture.Bytes(Fixture.GrafanaFiring), cancellation: gone.Token);
        await reported.Task;
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        release.SetResult();
        Assert.Equal(1, await finished.Task);
    }

    private static Task<HttpResponseMessage> SendAsync(
        WebhookServer server, byte[] body, string method = "POST", string? contentType = "application/json", string? encoding = null,
        CancellationToken cancellation = default)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        return server.Client.SendAsync(new(new(method), "/api/grafana") { Content = content }, cancellation);
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement.GetProperty("error").GetString()!;

    private sealed class PieceContent(byte[] body, int size) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var piece in body.Chunk(size))
            {
                await stream.WriteAsync(piece);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
