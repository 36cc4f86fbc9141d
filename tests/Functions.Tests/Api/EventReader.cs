using System.Net;
using System.Text.Json;

namespace Pipeline.Functions.Tests.Api;

/// <summary>Reads server-sent events one by one.</summary>
internal sealed class EventReader(HttpResponseMessage response, StreamReader lines) : IDisposable
{
    public HttpResponseMessage Response => response;

    public static async Task<EventReader> OpenAsync(ApiHost host)
    {
        var response = await host.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>Lines up to the next empty one.</summary>
    public async Task<List<string>> BlockAsync()
    {
        using var patience = new CancellationTokenSource(TestLimits.Patience);
        var block = new List<string>();
        while (await lines.ReadLineAsync(patience.Token) is { Length: > 0 } line)
            block.Add(line);
        return block;
    }

    /// <summary>The next event of that name; blocks before it must be hints or comments.</summary>
    public async Task<JsonElement> EventAsync(string name)
    {
        while (true)
        {
            var block = await BlockAsync();
            if (block is [var only] && (only.StartsWith(':') || only.StartsWith("retry:", StringComparison.Ordinal)))
                continue;
            Assert.Equal(["event: " + name], block[..1]);
            return JsonDocument.Parse(block[1]["data: ".Length..]).RootElement;
        }
    }

    public void Dispose() => response.Dispose();
}
