using System.Net;
using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests.Kubernetes;

/// <summary>One process of the product, which is a user of its own to the API server.</summary>
internal sealed class Replica : IDisposable
{
    // A take-over under load, and with the longest lease that is waited for.
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    private const string Leading = "ready";

    /// <param name="pod">It believes to run in the pod of its name.</param>
    public Replica(ControlPlane plane, string user, string space, IReadOnlyDictionary<string, string> settings, bool pod = false)
    {
        User = user;
        var all = new Dictionary<string, string>(settings);
        if (pod)
            (all["POD_NAME"], all["POD_NAMESPACE"]) = (user, space);
        var kubeconfig = plane.WriteClientCertificateKubeconfig(user, LeaderFixture.Group);
        Product = new Product(all, ["--cluster", "kubernetes", "--kubeconfig", kubeconfig, "--leader-elect", .. pod ? (string[])[] : ["--namespace", space]]);
    }

    public string User { get; }

    public Product Product { get; }

    public ChildProcess Process => Product.Process;

    /// <summary>What it says at /readyz, when it says that it is ready; empty: it does not.</summary>
    public async Task<string> StandingAsync()
    {
        try
        {
            using var response = await Product.Http.GetAsync(new Uri(Product.Address, "/readyz"));
            return response.StatusCode == HttpStatusCode.OK ? (await response.Content.ReadAsStringAsync()).Trim() : "";
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }

    public Task UntilLeadingAsync() => Eventually.TrueAsync($"the leadership of {User}", Bound, async () => await StandingAsync() == Leading, () => Product.Output);

    /// <summary>It follows the cluster, and has seen who leads.</summary>
    public Task UntilStandingByAsync() => Eventually.TrueAsync($"the standby {User}", Bound, async () => (await StandingAsync()) is var said
        && said.StartsWith("this process stands by", StringComparison.Ordinal) && said.EndsWith(" leads", StringComparison.Ordinal), () => Product.Output);

    public void Dispose() => Product.Dispose();
}
