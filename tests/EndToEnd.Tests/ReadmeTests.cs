using System.Text;
using System.Text.RegularExpressions;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>What the README tells a reader to run, run as it stands there, but for the ports.</summary>
public sealed class ReadmeTests
{
    private const string Secret = "s3cret";

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    [GrpcJsFact]
    public async Task The_program_that_schedules_something_prints_where_it_was_placed()
    {
        using var product = new Product();
        await product.StartAsync();
        var script = Path.Combine(product.Data, "place.js");
        await File.WriteAllTextAsync(script, Readme.Program("## Schedule something", "const grpc = require("));

        var output = await RunAsync("node", [script], new Dictionary<string, string>
        {
            ["PIPELINE"] = $"127.0.0.1:{product.GrpcPort}",
            ["NODE_PATH"] = GrpcJsFactAttribute.Modules,
        });

        Assert.Matches(@"^PLACE_OUTCOME_PLACED on gpu-\d{4}, GPUs [0-7],[0-7]\s*$", output);
    }

    [PeerFact("curl")]
    public async Task The_alert_that_is_sent_by_hand_is_answered_as_shown_and_repairs_the_node()
    {
        const string section = "## Send it an alert";
        using var product = new Product();
        await product.StartAsync();

        await ShellAsync(Readme.Paragraph(section, "curl -X POST http://127.0.0.1:7071/sim/faults"), product);
        var answer = await ShellAsync(Readme.Paragraph(section, "curl -X POST http://127.0.0.1:7071/api/grafana"), product);

        Assert.Equal(WithoutId(Readme.Paragraph(section, "{\"accepted\"")), WithoutId(answer));
        var run = await product.EndedRunOfAsync("gpu-0012", Bound);
        Assert.Equal(("Healthy", true), (run.GetProperty("state").GetString(), answer.Contains(run.GetProperty("id").GetString()!, StringComparison.Ordinal)));

        static string WithoutId(string answer) => Regex.Replace(answer.Trim(), @"""r-\w+-\d+""", "");
    }

    [PeerFact("curl", "openssl")]
    public async Task The_alert_that_is_signed_by_hand_is_accepted_and_without_the_secret_it_is_not()
    {
        using var product = new Product(new Dictionary<string, string> { ["Grafana:HmacSecret"] = Secret });
        await product.StartAsync();
        var script = Readme.Paragraph("## On Kubernetes", "alert='");

        Assert.DoesNotContain("accepted", await ShellAsync(script, product, secret: "another"), StringComparison.Ordinal);
        Assert.Contains("\"accepted\":1", await ShellAsync(script, product, Secret), StringComparison.Ordinal);
    }

    [PeerFact("curl")]
    public async Task The_policy_that_is_put_by_hand_takes_the_place_of_the_one_before()
    {
        using var product = new Product();
        await product.StartAsync();
        var shipped = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "functions", "Policy", "scheduling.yaml"));
        await File.WriteAllTextAsync(
            Path.Combine(product.Data, "scheduling.yaml"), shipped.Replace("perWaitingHour: 60", "perWaitingHour: 61", StringComparison.Ordinal));
        var lines = Readme.Paragraph("## Who may use what", "curl -T scheduling.yaml").Split('\n');

        Assert.Equal(lines[1], (await ShellAsync($"cd {product.Data}; {lines[0]}", product)).Trim());
        Assert.Contains("perWaitingHour: 61", await product.Http.GetStringAsync(new Uri(product.Address, "/api/policy")), StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task What_is_typed_on_Kubernetes_installs_places_and_shows_the_repair()
    {
        const string section = "## On Kubernetes";
        await using var plane = await ControlPlane.StartAsync();
        await using var kubelets = StandInKubelets.Start(plane);
        await kubelets.AddNodesAsync(12);
        await KubectlAsync("set -e; " + Readme.Paragraph(section, "kubectl apply -k deploy").Replace("…", Secret, StringComparison.Ordinal));
        var secret = (string)(await plane.Api.GetAsync("/api/v1/namespaces/pipeline-system/secrets/pipeline-settings"))["data"]!["Grafana__HmacSecret"]!;
        using var product = new Product(
            new Dictionary<string, string> { ["Grafana:HmacSecret"] = Encoding.UTF8.GetString(Convert.FromBase64String(secret)) },
            "--cluster", "kubernetes", "--kubeconfig", await ProductRights.KubeconfigAsync(plane));
        await product.StartAsync();

        var show = Readme.Paragraph(section, "kubectl apply -f deploy/samples/workloads/single.yaml");
        await ShowsAsync(show, @"(?m)^finetune .* gpu-00\d\d .*pipeline\.gpu/project=llm");
        await ShellAsync(Readme.Paragraph(section, "alert='"), product, Secret);
        // A watch has no end.
        var repair = Readme.Paragraph(section, "kubectl get noderepairs -w").Replace(" -w", "", StringComparison.Ordinal);
        await ShowsAsync(repair, @"(?ms)^r-\S+ +gpu-0012 .*^Taints: +pipeline\.gpu/quarantined=r-\S+:NoSchedule");

        Task<string> KubectlAsync(string script) => RunAsync("bash", ["-c", script], plane.ShellEnvironment);

        Task ShowsAsync(string script, string pattern)
            => Eventually.TrueAsync(pattern, Bound, async () => Regex.IsMatch(await KubectlAsync(script), pattern), () => product.Output);
    }

    private static Task<string> ShellAsync(string script, Product product, string secret = "") => RunAsync(
        "bash", ["-c", script.Replace("curl ", "curl -sS ", StringComparison.Ordinal).Replace("http://127.0.0.1:7071/", product.Address.ToString(), StringComparison.Ordinal)],
        new Dictionary<string, string> { ["SECRET"] = secret });

    private static async Task<string> RunAsync(string program, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        using var process = new ChildProcess(program, arguments, environment, Checkout.Root);
        var exit = await process.WaitForExitAsync(Bound);
        Assert.True(exit == 0, process.Output);
        return process.Output;
    }
}

/// <summary>A <see cref="PeerFactAttribute"/> for a program that uses grpc-js, which tests/peers/install.sh puts beside the repository.</summary>
public sealed class GrpcJsFactAttribute : FactAttribute
{
    public GrpcJsFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_REQUIRE_PEERS") != "1" && !Directory.Exists(Path.Combine(Modules, "@grpc", "grpc-js")))
            Skip = "grpc-js is not installed; bash tests/run.sh installs it.";
    }

    public static string Modules => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache"),
        "pipeline-tests", "grpc-js", "node_modules");
}
