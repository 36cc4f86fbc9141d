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

    public Replica(ControlPlane plane, string user, string space, IReadOnlyDictionary<string, string> settings)
    {
        User = user;
        var kubeconfig = plane.WriteClientCertificateKubeconfig(user, "system:masters");
        Product = new Product(settings, "--cluster", "kubernetes", "--kubeconfig", kubeconfig, "--leader-elect", "--namespace", space);
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

    public void Dispose() => Product.Dispose();
}
