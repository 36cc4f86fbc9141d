using System.CommandLine;
using System.Net;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The options of a command line that starts a hotpath, alone or with the functions in its process.</summary>
public sealed class HotpathArguments
{
    private const string Simulated = "simulated";
    private const string Kubernetes = "kubernetes";

    private readonly Option<string> _bind = Bind();
    private readonly Option<int> _grpcPort = Port("--grpc-port", "gRPC (HTTP/2; TLS when Grpc:Tls is set).", 5051);
    private readonly Option<int> _httpPort = Port("--hotpath-http-port", "Health, metrics, and the extender of kube-scheduler.", 5052);
    private readonly Option<string> _data = new("--data") { Description = "Folder of everything that must survive.", DefaultValueFactory = _ => "./data" };
    private readonly Option<string> _cluster = new("--cluster") { Description = "The cluster to drive.", DefaultValueFactory = _ => Simulated };
    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Access to the Kubernetes cluster; without it KUBECONFIG, the cluster that this process runs in, or ~/.kube/config." };
    private readonly Option<int> _nodes = new("--nodes") { Description = "Nodes of the simulated cluster, 1 to 100000.", DefaultValueFactory = _ => 64 };
    private readonly Option<bool> _acceptLoss = new("--accept-loss") { Description = "Start although acknowledged data are gone; what is lost is named in the log." };

    private readonly Option<bool> _leaderElect = new("--leader-elect") { Description = "Stand by until this process holds the Lease 'pipeline', and end when it has lost it." };
    private readonly Option<string?> _namespace = new("--namespace") { Description = "Namespace of the Lease; without it that of the pod (POD_NAMESPACE), or pipeline-system." };

    public HotpathArguments() => _cluster.AcceptOnlyFromAmong(Simulated, Kubernetes);

    /// <summary>Those that only a process with a hotpath in it has a use for.</summary>
    public IReadOnlyList<Option> HotpathOnly => [_grpcPort, _httpPort, _cluster, _kubeconfig, _leaderElect, _namespace, _nodes, _acceptLoss];

    /// <summary>An address option, of loopback by default.</summary>
    public static Option<string> Bind()
    {
        var option = new Option<string>("--bind") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
        option.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _))
                result.AddError("--bind takes an IP address.");
        });
        return option;
    }

    /// <summary>A port option, from 0 to 65535.</summary>
    public static Option<int> Port(string name, string description, int defaultPort)
    {
        var option = new Option<int>(name) { Description = $"{description} 0 picks a free port.", DefaultValueFactory = _ => defaultPort };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
                result.AddError($"{name} takes a port from 0 to 65535.");
        });
        return option;
    }

    public void AddTo(RootCommand command)
    {
        foreach (var option in new Option[] { _bind, _grpcPort, _httpPort, _data, _cluster, _kubeconfig, _leaderElect, _namespace, _nodes, _acceptLoss })
            command.Add(option);
        command.Validators.Add(result =>
        {
            // Its default is not there yet when all are validated together.
            var cluster = result.GetValue(_cluster) ?? Simulated;
            // Taken in silence, somebody would believe in them.
            Option[] others = cluster == Kubernetes ? [_nodes] : [_kubeconfig, _leaderElect, _namespace];
            foreach (var other in others.Where(other => result.GetResult(other) is { Implicit: false }))
                result.AddError($"{other.Name} is not for --cluster {cluster}.");
            if (result.GetResult(_namespace) is { Implicit: false } && !result.GetValue(_leaderElect))
                result.AddError("--namespace is for --leader-elect.");
        });
    }

    public HotpathLaunch Read(ParseResult parsed) => new(
        IPAddress.Parse(parsed.GetRequiredValue(_bind)), parsed.GetRequiredValue(_grpcPort), parsed.GetRequiredValue(_httpPort),
        parsed.GetRequiredValue(_data), parsed.GetRequiredValue(_cluster) == Kubernetes ? ClusterKind.Kubernetes : ClusterKind.Simulated,
        parsed.GetValue(_kubeconfig), parsed.GetRequiredValue(_nodes), parsed.GetValue(_acceptLoss),
        parsed.GetValue(_leaderElect), parsed.GetValue(_namespace));
}
