using Pipeline.Benchmarks.Framework;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>Many nodes, half of whose GPUs are in use.</summary>
internal sealed class LargeCluster : IAsyncDisposable
{
    public const int Nodes = 5_000;
    public const int Pods = 20_000;

    private LargeCluster(ControlPlane plane, IReadOnlyList<string> names, int pods) => (Plane, Names, PodCount) = (plane, names, pods);

    public ControlPlane Plane { get; }

    /// <summary>Of the nodes.</summary>
    public IReadOnlyList<string> Names { get; }

    public int PodCount { get; }

    /// <summary>Data of the product.</summary>
    public Scratch Scratch { get; } = new();

    public static async Task<LargeCluster> StartAsync(Func<int, int> sized)
    {
        var plane = await ControlPlane.StartAsync();
        var (names, pods) = (await Arranged.NodesAsync(plane, sized(Nodes)), sized(Pods));
        await Arranged.PodsAsync(plane, pods, number => Arranged.Pod(
            number, "pipeline", names[number % names.Count], 1u << (number / names.Count % EngineWorld.GpusPerNode)));
        return new LargeCluster(plane, names, pods);
    }

    public async ValueTask DisposeAsync()
    {
        await Plane.DisposeAsync();
        Scratch.Dispose();
    }
}
