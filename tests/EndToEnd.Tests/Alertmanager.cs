using System.Text;
using System.Text.Json;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>A real Alertmanager that sends to the product's webhook.</summary>
internal sealed class Alertmanager : IDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-alertmanager-").FullName;
    private readonly HttpClient _http = new();
    private readonly int _port = FreePorts.Take(1)[0];
    private readonly ChildProcess _process;

    public Alertmanager(Uri webhook, string bearerToken)
    {
        File.WriteAllText(Path.Combine(_folder, "alertmanager.yml"), $$"""
            route:
              receiver: pipeline
              group_by: [alertname, node]
              group_wait: 100ms
              group_interval: 1s
              repeat_interval: 1h
            receivers:
              - name: pipeline
                webhook_configs:
                  - url: {{webhook}}
                    send_resolved: true
                    http_config:
                      authorization:
                        credentials: {{bearerToken}}
            """);
        _process = new ChildProcess("prometheus-alertmanager",
        [
            $"--config.file={_folder}/alertmanager.yml", $"--storage.path={_folder}/data", $"--web.listen-address=127.0.0.1:{_port}", "--cluster.listen-address=",
        ]);
    }

    public string Output => _process.Output;

    public async Task WaitReadyAsync() => await Eventually.TrueAsync("Alertmanager's readiness", StartBound, async () =>
    {
        if (_process.HasExited)
            throw new InvalidOperationException(_process.Output);
        try
        {
            using var response = await _http.GetAsync(new Uri($"http://127.0.0.1:{_port}/-/ready"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }, () => _process.Output);

    /// <summary>Fires (or, with <paramref name="endsAt"/>, resolves) an alert.</summary>
    public async Task PostAlertAsync(IReadOnlyDictionary<string, string> labels, DateTimeOffset startsAt, DateTimeOffset? endsAt = null)
    {
        var alert = new Dictionary<string, object> { ["labels"] = labels, ["annotations"] = new { summary = "from the test" }, ["startsAt"] = startsAt };
        if (endsAt is { } end)
            alert["endsAt"] = end;
        using var response = await _http.PostAsync(
            new Uri($"http://127.0.0.1:{_port}/api/v2/alerts"),
            new StringContent(JsonSerializer.Serialize(new[] { alert }), Encoding.UTF8, "application/json"));
        response.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        _process.Dispose();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
