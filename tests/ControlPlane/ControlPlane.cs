using System.Security.Cryptography;

namespace Pipeline.TestControlPlane;

/// <summary>
/// A real control plane on loopback: etcd and kube-apiserver (RBAC, 1.20.2), and kube-scheduler and kube-controller-manager where asked
/// for. It has a temporary folder and ports of its own, so several can run at once, and nothing of it outlives the test's process.
/// </summary>
public sealed partial class ControlPlane : IAsyncDisposable
{
    // A cold start on a loaded two-core machine; only a broken start takes this long.
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(2);

    private const int StartAttempts = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-control-plane-").FullName;
    private readonly ControlPlaneOptions _options;
    private readonly Certificates _certificates;
    private readonly int _etcdPort;
    private readonly int _etcdPeerPort;

    private ControlPlane(ControlPlaneOptions options)
    {
        _options = options;
        _certificates = new Certificates(TimeProvider.System.GetUtcNow());
        var ports = FreePorts.Take(3);
        (_etcdPort, _etcdPeerPort) = (ports[0], ports[1]);
        Address = new Uri($"https://127.0.0.1:{ports[2]}");
        AdminToken = RandomNumberGenerator.GetHexString(32, lowercase: true);
        Api = new ApiAccess(Address, AdminToken, _certificates.Authority);
        WriteFiles();
        KubeconfigPath = WriteKubeconfig("admin", AdminToken);
    }

    /// <summary>Why there can be no control plane on this machine; null when there can.</summary>
    public static string? MissingReason => Binaries.MissingReason;

    /// <summary>A start is tried: the programs are there, or the test command demands them and shall see the start fail.</summary>
    public static bool MayStart => MissingReason is null || Environment.GetEnvironmentVariable("PIPELINE_REQUIRE_PEERS") == "1";

    /// <summary>Of the API server: https, on 127.0.0.1.</summary>
    public Uri Address { get; }

    /// <summary>A bearer token of group system:masters.</summary>
    public string AdminToken { get; }

    /// <summary>A kubeconfig with the admin's token.</summary>
    public string KubeconfigPath { get; }

    /// <summary>PEM: the authority that signed the API server's certificate.</summary>
    public string CaFile => InFolder("ca.crt");

    /// <summary>As admin.</summary>
    public ApiAccess Api { get; }

    public ControlPlaneProcess Etcd { get; private set; } = null!;

    public ControlPlaneProcess ApiServer { get; private set; } = null!;

    /// <summary>Null when none was started.</summary>
    public ControlPlaneProcess? Scheduler { get; private set; }

    /// <summary>Null when none was started.</summary>
    public ControlPlaneProcess? ControllerManager { get; private set; }

    /// <summary>The end of what every program wrote: evidence for a failed test.</summary>
    public string LogTails => string.Join('\n', Processes.Select(process => $"== {process.Name}\n{process.LogTail}"));

    private IEnumerable<ControlPlaneProcess> Processes
        => new[] { Scheduler, ControllerManager, ApiServer, Etcd }.OfType<ControlPlaneProcess>();

    /// <summary>Starts the programs and waits until they are ready.</summary>
    /// <exception cref="InvalidOperationException">A program is missing or ended; the message has the end of its log.</exception>
    public static async Task<ControlPlane> StartAsync(ControlPlaneOptions? options = null)
    {
        if (MissingReason is { } reason)
            throw new InvalidOperationException(reason);
        for (var attempt = 1; ; attempt++)
        {
            var plane = new ControlPlane(options ?? new ControlPlaneOptions());
            try
            {
                await plane.StartAllAsync();
                return plane;
            }
            catch (InvalidOperationException)
                when (attempt < StartAttempts && plane.LogTails.Contains("address already in use", StringComparison.Ordinal))
            {
                // Somebody took a port after it was found free.
                await plane.DisposeAsync();
            }
            catch
            {
                await plane.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts the API server again on its port, with etcd as it is; kills it first when it runs.</summary>
    public async Task RestartApiServerAsync()
    {
        ApiServer.Dispose();
        await StartApiServerAsync();
    }

    /// <summary>Starts (again) kube-scheduler and waits until it is healthy.</summary>
    /// <param name="configuration">
    /// A KubeSchedulerConfiguration as YAML; its leaderElection, clientConnection and plain addresses are replaced by what fits this
    /// control plane. Null for the default profile.
    /// </param>
    public async Task StartSchedulerAsync(string? configuration = null)
    {
        Scheduler?.Dispose();
        var file = InFolder("scheduler.yaml");
        var ports = FreePorts.Take(2);
        await File.WriteAllTextAsync(file, SchedulerConfiguration.Text(configuration, KubeconfigPath, ports[1]));
        Scheduler = Run("kube-scheduler", Binaries.Scheduler, [$"--config={file}", .. Serving(ports[0])]);
        await WaitHealthyAsync(Scheduler, ports[0]);
    }

    /// <summary>Starts (again) kube-controller-manager and waits until it is healthy.</summary>
    public async Task StartControllerManagerAsync()
    {
        ControllerManager?.Dispose();
        var port = FreePorts.Take(1)[0];
        ControllerManager = Run("kube-controller-manager", Binaries.ControllerManager,
        [
            $"--kubeconfig={KubeconfigPath}", "--leader-elect=false", "--kube-api-qps=5000", "--kube-api-burst=5000",
            $"--service-account-private-key-file={InFolder("sa.key")}", $"--root-ca-file={CaFile}", $"--cert-dir={InFolder("controller-manager")}",
            .. Serving(port), .. _options.ControllerManagerArguments,
        ]);
        await WaitHealthyAsync(ControllerManager, port);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var process in Processes)
            process.Dispose();
        Api.Dispose();
        _certificates.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task StartAllAsync()
    {
        // In this order: an API server that misses etcd once only looks again after a second, and then after more.
        await StartEtcdAsync();
        await StartApiServerAsync();
        await Task.WhenAll(
            _options.Scheduler ? StartSchedulerAsync(_options.SchedulerConfiguration) : Task.CompletedTask,
            _options.ControllerManager ? StartControllerManagerAsync() : Task.CompletedTask);
    }

    private async Task StartApiServerAsync()
    {
        RunApiServer();
        // It is ready before it has made the namespace that most tests use.
        await WaitReadyAsync(ApiServer, async () => await Api.IsReadyAsync() && await Api.FindAsync("/api/v1/namespaces/default") is not null);
    }

    // No endpoints of the "kubernetes" service: they may not be on loopback, and a machine without a network has no other address.
    private void RunApiServer() => ApiServer = Run("kube-apiserver", Binaries.ApiServer,
    [
        $"--etcd-servers={EtcdAddress}", "--bind-address=127.0.0.1", $"--secure-port={Address.Port}",
        "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24",
        $"--tls-cert-file={InFolder("apiserver.crt")}", $"--tls-private-key-file={InFolder("apiserver.key")}", $"--client-ca-file={CaFile}",
        $"--token-auth-file={InFolder("tokens.csv")}", "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
        $"--service-account-key-file={InFolder("sa.key")}", $"--service-account-signing-key-file={InFolder("sa.key")}",
        "--service-account-issuer=https://kubernetes.default.svc", "--allow-privileged=true", .. _options.ApiServerArguments,
    ]);

    private static string[] Serving(int port) => ["--bind-address=127.0.0.1", $"--secure-port={port}", "--port=0"];

    private ControlPlaneProcess Run(string name, string program, string[] arguments) => new(name, program, arguments, _folder);

    private string InFolder(string name) => Path.Combine(_folder, name);

    private void WriteFiles()
    {
        File.WriteAllText(CaFile, _certificates.AuthorityPem);
        var server = _certificates.IssueServer();
        File.WriteAllText(InFolder("apiserver.crt"), server.Certificate);
        File.WriteAllText(InFolder("apiserver.key"), server.Key);
        using var serviceAccountKey = RSA.Create(2048);
        File.WriteAllText(InFolder("sa.key"), serviceAccountKey.ExportRSAPrivateKeyPem());
        File.WriteAllText(InFolder("tokens.csv"), $"{AdminToken},admin,admin,\"system:masters\"\n");
    }

    /// <summary>The scheduler and the controller manager sign their own certificates.</summary>
    private static async Task WaitHealthyAsync(ControlPlaneProcess process, int port)
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        using var http = new HttpClient(handler);
        await WaitReadyAsync(process, () => AnswersAsync(http, new Uri($"https://127.0.0.1:{port}/healthz")));
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri probe)
    {
        try
        {
            using var response = await http.GetAsync(probe);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Task WaitReadyAsync(ControlPlaneProcess process, Func<Task<bool>> isReady)
        => Eventually.TrueAsync($"the readiness of {process.Name}", StartBound, () => process.HasExited
            ? throw new InvalidOperationException($"{process.Name} ended:\n{process.LogTail}")
            : isReady(), () => process.LogTail);
}
