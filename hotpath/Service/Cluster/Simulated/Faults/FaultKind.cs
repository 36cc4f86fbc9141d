using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;

namespace Pipeline.Hotpath.Cluster.Simulated.Faults;

/// <summary>Breaks the parts that a kind of fault breaks.</summary>
internal delegate void BreakParts(NodeHardware hardware, int gpu);

/// <param name="Alert">What monitoring would raise; null when nobody notices.</param>
/// <param name="StopsNode">The node goes off for it, and with it everything that runs there.</param>
internal sealed record FaultKind(SimulatedFaultKind Kind, FaultAlert? Alert, BreakParts Break, bool StopsNode = false)
{
    public string Name => Kind.Name;
}

/// <summary>The labels of an alert apart from node and GPU, which the fault fills in.</summary>
/// <param name="Xid">0 when it is none.</param>
internal sealed record FaultAlert(string AlertName, string Severity, int Xid = 0, params (string Name, string Value)[] Extra)
{
    public Dictionary<string, string> LabelsFor(string node, int? gpu)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["alertname"] = AlertName,
            ["node"] = node,
            ["severity"] = Severity,
        };
        if (gpu is { } index)
            labels["gpu"] = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Xid != 0)
            labels["xid"] = Xid.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (var (name, value) in Extra)
            labels[name] = value;
        return labels;
    }
}
