using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Functions.Composition;

internal static class SimulationSettings
{
    /// <summary>Section <c>Simulation</c>; the command line gives the nodes and the folder.</summary>
    public static SimulatedClusterOptions Read(IConfiguration settings, LaunchOptions options)
        => (settings.GetSection("Simulation").Get<SimulatedClusterOptions>() ?? new SimulatedClusterOptions()) with
        {
            Nodes = options.Nodes,
            Directory = Path.Combine(options.Data, "simulation"),
        };
}
