using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

public sealed partial class ControlPlane
{
    /// <summary>Writes a kubeconfig for a bearer token.</summary>
    /// <param name="name">Names the file.</param>
    /// <param name="token">Such as <see cref="CreateServiceAccountTokenAsync"/> gives.</param>
    /// <returns>Its path, valid as long as the control plane.</returns>
    public string WriteKubeconfig(string name, string token) => WriteKubeconfig(name, [$"token: {token}"]);

    /// <summary>Writes a kubeconfig for a client certificate.</summary>
    /// <param name="user">The user's name for RBAC.</param>
    /// <param name="groups">The user's groups; "system:masters" may do everything.</param>
    /// <returns>Its path, valid as long as the control plane.</returns>
    public string WriteClientCertificateKubeconfig(string user, params string[] groups)
    {
        var issued = _certificates.IssueClient(user, groups);
        File.WriteAllText(InFolder($"{user}.crt"), issued.Certificate);
        File.WriteAllText(InFolder($"{user}.key"), issued.Key);
        return WriteKubeconfig(user, [$"client-certificate: {InFolder($"{user}.crt")}", $"client-key: {InFolder($"{user}.key")}"]);
    }

    /// <summary>A token of a ServiceAccount that is there, by the TokenRequest API.</summary>
    /// <param name="serviceAccount">Its namespace and name.</param>
    /// <param name="lifetime">Null for an hour. At least 10 minutes, which the API server demands.</param>
    public async Task<string> CreateServiceAccountTokenAsync((string Namespace, string Name) serviceAccount, TimeSpan? lifetime = null)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject { ["expirationSeconds"] = (int)(lifetime ?? TimeSpan.FromHours(1)).TotalSeconds },
        };
        var answer = await Api.PostAsync($"/api/v1/namespaces/{serviceAccount.Namespace}/serviceaccounts/{serviceAccount.Name}/token", body);
        return (string)answer["status"]!["token"]!;
    }

    /// <summary>Variables for a shell whose kubectl is to mean this cluster, as admin.</summary>
    public IReadOnlyDictionary<string, string> ShellEnvironment => new Dictionary<string, string>
    {
        ["PATH"] = $"{Path.GetDirectoryName(Binaries.Kubectl)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}",
        ["KUBECONFIG"] = KubeconfigPath,
        // Below it kubectl keeps what it has discovered.
        ["HOME"] = Path.GetDirectoryName(KubeconfigPath)!,
    };

    /// <summary>Runs kubectl as admin.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is what it said.</exception>
    public async Task<string> KubectlAsync(params string[] arguments)
    {
        var result = await RunKubectlAsync(arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Error}");
    }

    /// <summary>Runs kubectl.</summary>
    /// <param name="arguments">Without the kubeconfig.</param>
    /// <param name="input">What it reads with "-f -".</param>
    /// <param name="kubeconfig">Null for the admin's.</param>
    public async Task<KubectlResult> RunKubectlAsync(IEnumerable<string> arguments, string? input = null, string? kubeconfig = null)
    {
        // The cache of discovery is in the plane's folder: what an earlier plane on the same port served is not what this one serves.
        var start = new ProcessStartInfo(
            Binaries.Kubectl, [$"--kubeconfig={kubeconfig ?? KubeconfigPath}", $"--cache-dir={InFolder("kubectl")}", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new KubectlResult(process.ExitCode, await output, await error);
    }

    private string WriteKubeconfig(string name, string[] credentials)
    {
        var path = InFolder($"{name}.kubeconfig");
        File.WriteAllText(path, Kubeconfig.Text(Address, CaFile, credentials));
        return path;
    }
}
