using System.Text.Json.Nodes;

namespace Pipeline.Kubernetes.Access;

/// <summary>A program that says who we are (client.authentication.k8s.io, "client-go credential plugins").</summary>
/// <param name="Field">Where it is configured, for errors.</param>
/// <param name="Info">What KUBERNETES_EXEC_INFO holds.</param>
internal sealed record ExecCommand(string Field, string ApiVersion, string Command, IReadOnlyList<string> Arguments, string Info)
{
    private const string Group = "client.authentication.k8s.io/";

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>For people who do not have the program.</summary>
    public string? InstallHint { get; init; }

    public static ExecCommand Read(ConfigNode exec, ConfigNode cluster)
    {
        var version = exec.Required("apiVersion");
        if (version is not (Group + "v1" or Group + "v1beta1"))
            throw exec.Wrong("apiVersion", $"must be {Group}v1 or {Group}v1beta1");
        if (exec.Text("interactiveMode") == "Always")
            throw exec.Wrong("interactiveMode", "is Always, but there is nobody to ask");
        var command = exec.Required("command");
        // A bare name is looked for in PATH; a path is meant from where the file is.
        if (command.Contains('/'))
            command = exec.FilePath("command")!;
        return new ExecCommand($"{exec.File}: {exec.Path}", version, command, [.. exec.Texts("args")], ExecInfo(version, exec.Flag("provideClusterInfo") ? cluster : null))
        {
            Environment = exec.Maps("env").ToDictionary(entry => entry.Required("name"), entry => entry.Text("value") ?? ""),
            InstallHint = exec.Text("installHint"),
        };
    }

    private static string ExecInfo(string version, ConfigNode? cluster)
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (cluster is not null)
        {
            spec["cluster"] = new JsonObject
            {
                ["server"] = cluster.Required("server"),
                ["tls-server-name"] = cluster.Text("tls-server-name"),
                ["insecure-skip-tls-verify"] = cluster.Flag("insecure-skip-tls-verify"),
                ["certificate-authority-data"] = cluster.Text("certificate-authority-data"),
                ["proxy-url"] = cluster.Text("proxy-url"),
            };
        }

        return new JsonObject { ["apiVersion"] = version, ["kind"] = "ExecCredential", ["spec"] = spec }.ToJsonString();
    }
}
