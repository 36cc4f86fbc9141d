using System.Text;
using Pipeline.TestControlPlane;
using YamlDotNet.RepresentationModel;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The extender beside kube-scheduler, started as its manifest starts it and called where kube-scheduler's configuration says.</summary>
public class SidecarTests
{
    // Only this is another one in the cluster.
    private const string Hotpath = "http://pipeline.pipeline-system.svc:5051";

    private const string Pod = """
        {"metadata":{"name":"a","namespace":"team","uid":"uid-a"},
        "spec":{"containers":[{"name":"main","resources":{"requests":{"cpu":"1","memory":"1Gi","nvidia.com/gpu":"1"} } }]},"status":{"phase":"Pending"}}
        """;

    // All of the simulated ones: most are in use.
    private static readonly string Nodes = string.Join(',', Enumerable.Range(1, 64).Select(node => $"\"gpu-{node:0000}\""));

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_extender_of_the_manifest_answers_where_its_kube_scheduler_calls()
    {
        using var product = new Product();
        await product.StartAsync();
        var command = Command();
        Assert.Contains(Hotpath, command);
        using var sidecar = new ChildProcess(
            Path.Combine(AppContext.BaseDirectory, command[0]),
            command.Skip(1).Select(argument => argument == Hotpath ? $"http://127.0.0.1:{product.GrpcPort}" : argument),
            new Dictionary<string, string> { ["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath)! });

        var extender = Load("scheduler.yaml")["extenders"][0];
        var filter = new Uri($"{extender["urlPrefix"]}/{extender["filterVerb"]}");
        var answer = await Eventually.GetAsync("an answer", Bound, () => AskAsync(product.Http, sidecar, filter), () => $"{sidecar.Output}\n{product.Output}");
        Assert.Matches("""^\{"Nodes":null,"NodeNames":\["gpu-\d{4}"\],.*"Error":""\}$""", answer);
    }

    /// <returns>Null: it does not listen yet.</returns>
    private static async Task<string?> AskAsync(HttpClient http, ChildProcess sidecar, Uri filter)
    {
        Assert.False(sidecar.HasExited, sidecar.Output);
        try
        {
            using var response = await http.PostAsync(filter, new StringContent($$"""{"Pod":{{Pod}},"NodeNames":[{{Nodes}}]}""", Encoding.UTF8, "application/json"));
            return await response.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static List<string> Command()
    {
        var containers = (YamlSequenceNode)Load("deployment.yaml")["spec"]["template"]["spec"]["containers"];
        return [.. ((YamlSequenceNode)containers.Single(container => $"{container["name"]}" == "extender")["command"]).Select(argument => $"{argument}")];
    }

    private static YamlNode Load(string name)
    {
        var stream = new YamlStream();
        using var file = File.OpenText(Path.Combine(Checkout.Root, "deploy", "overlays", "extender", name));
        stream.Load(file);
        return stream.Documents.Single().RootNode;
    }
}
