using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

public sealed partial class ControlPlane
{
    // etcd takes no URL with a path, not even a slash.
    private string EtcdAddress => $"http://127.0.0.1:{_etcdPort}";

    /// <summary>
    /// Compacts etcd up to now (its JSON gateway: /v3/kv/range, /v3/kv/compaction). A list that is continued from before gets 410 Gone.
    /// A watch does only when the API server has not got the events in its watch cache: after a restart, or with "--watch-cache=false".
    /// </summary>
    /// <returns>The revision, which is the resourceVersion of the newest change.</returns>
    public async Task<long> CompactEtcdAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(EtcdAddress) };
        var anyKey = Convert.ToBase64String([0]);
        var range = await PostAsync(http, "v3/kv/range", new JsonObject { ["key"] = anyKey });
        var revision = (string)range["header"]!["revision"]!;
        await PostAsync(http, "v3/kv/compaction", new JsonObject { ["revision"] = revision, ["physical"] = true });
        return long.Parse(revision, System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task StartEtcdAsync()
    {
        var peer = $"http://127.0.0.1:{_etcdPeerPort}";
        Etcd = Run("etcd", "etcd",
        [
            $"--data-dir={InFolder("etcd")}", $"--listen-client-urls={EtcdAddress}", $"--advertise-client-urls={EtcdAddress}",
            $"--listen-peer-urls={peer}", $"--initial-advertise-peer-urls={peer}", $"--initial-cluster=default={peer}", "--unsafe-no-fsync",
        ]);
        using var http = new HttpClient();
        await WaitReadyAsync(Etcd, () => AnswersAsync(http, new Uri($"{EtcdAddress}/health")));
    }

    private static async Task<JsonNode> PostAsync(HttpClient http, string path, JsonObject body)
    {
        using var response = await http.PostAsJsonAsync(new Uri(path, UriKind.Relative), body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"etcd refused {path}: {text}");
    }
}
