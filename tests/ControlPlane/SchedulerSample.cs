using System.Text.RegularExpressions;

namespace Pipeline.TestControlPlane;

/// <summary>The configuration of kube-scheduler that operators copy, with an extender of this machine.</summary>
public static partial class SchedulerSample
{
    /// <param name="extender">Address of the extender, without its path.</param>
    public static string With(string extender) => Host().Replace(Read(), extender);

    /// <param name="extender">Address of the extender, without its path; https.</param>
    /// <param name="folder">Where <c>ca.crt</c>, <c>tls.crt</c> and <c>tls.key</c> are.</param>
    public static string WithTls(string extender, string folder)
        => TlsFolder().Replace(TlsFields().Replace(With(extender), "$1"), $"{folder}/");

    /// <summary>Everything in it but the extender.</summary>
    public static string WithoutExtender() => Extenders().Replace(Read(), "");

    /// <summary>The configuration with kube-scheduler's default share of the nodes, between 5 and 50 %, in place of all.</summary>
    public static string DefaultShare(string configuration) => Share().Replace(configuration, "");

    private static string Read()
    {
        using var sample = new StreamReader(typeof(SchedulerSample).Assembly.GetManifestResourceStream("kube-scheduler.yaml")!);
        return sample.ReadToEnd();
    }

    [GeneratedRegex("(?<=urlPrefix: )http://[^/]+")]
    private static partial Regex Host();

    [GeneratedRegex("# (enableHTTPS|tlsConfig)(?=:)")]
    private static partial Regex TlsFields();

    [GeneratedRegex("/etc/kubernetes/pipeline/")]
    private static partial Regex TlsFolder();

    [GeneratedRegex(@"^extenders:.*(\n([ \t].*)?)*", RegexOptions.Multiline)]
    private static partial Regex Extenders();

    [GeneratedRegex("^percentageOfNodesToScore:.*\n", RegexOptions.Multiline)]
    private static partial Regex Share();
}
