using Microsoft.Extensions.Configuration;
using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Hotpath.Hosting;

public static class SimulationSettings
{
    /// <summary>Section <c>Simulation</c>; the command line gives the nodes and the folder.</summary>
    public static SimulatedClusterOptions Read(IConfiguration settings, HotpathLaunch launch)
        => settings.Read<SimulatedClusterOptions>("Simulation") with
        {
            Nodes = launch.Nodes,
            Directory = Path.Combine(launch.Data, "simulation"),
        };
}
