using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Extender;

/// <summary>What kube-scheduler 1.20.2 makes of the answers.</summary>
public sealed class KubeSchedulerTests(SchedulerWorld world) : IClassFixture<SchedulerWorld>
{
    [ControlPlaneFact]
    public async Task Singles_are_bound_where_the_engine_packs_them_and_a_gang_comes_whole_or_not_at_all_while_they_compete()
    {
        // All but the last member: nothing of the gang may start, and nothing is kept for it.
        for (var member = 0; member < 63; member++)
            await world.CreatePodAsync($"gang-{member:00}", 7, "train", 64);
        for (var single = 0; single < 12; single++)
            await world.CreatePodAsync($"single-{single:00}", 1);
        await world.UntilBoundAsync("single-", 12);
        await Eventually.TrueAsync("the reason", TimeSpan.FromMinutes(3), async () => (await world.ProblemOfAsync("gang-00")).Contains("of 64 members are there", StringComparison.Ordinal));
        Assert.Empty(await world.BoundAsync("gang-"));

        // Twelve singles are packed on two nodes, on neither of which seven GPUs are left; 62 nodes hold no gang of 64.
        var singles = await world.BoundAsync("single-");
        Assert.Equal(2, singles.Select(NodeOf).Distinct().Count());
        AssertNoGpuTwice(singles);
        await world.CreatePodAsync("gang-63", 7, "train", 64);
        await Eventually.TrueAsync(
            "the reason", TimeSpan.FromMinutes(3), async () => (await world.ProblemOfAsync("gang-63")).Contains("62 the gang does not fit as a whole", StringComparison.Ordinal));
        Assert.Empty(await world.BoundAsync("gang-"));
        Assert.Equal(12, world.Service.Loop.Snapshot.WorkloadCount);

        foreach (var single in singles)
            await world.Plane.Api.DeleteAsync($"/api/v1/namespaces/default/pods/{single["metadata"]!["name"]}");
        await world.UntilBoundAsync("gang-", 64);
        var gang = await world.BoundAsync("gang-");
        AssertNoGpuTwice(gang);
        // Those who came first were called back when the last one was there.
        Assert.Contains(gang, member => member["metadata"]!["annotations"]!["pipeline.gpu/gang-complete"] is not null);

        IReadOnlyList<JsonNode> told = [];
        await Eventually.TrueAsync("the events", TimeSpan.FromMinutes(3), async () => (told = await world.EventsAsync("Scheduled")).Count(IsAboutGang) >= 64);
        Assert.Equal(64, told.Where(IsAboutGang).Select(one => (string)one["involvedObject"]!["name"]!).Distinct().Count());
        // Who has asked for the place says that there is one.
        Assert.DoesNotContain(told, one => (string?)one["source"]?["component"] == "pipeline" || (string?)one["reportingComponent"] == "pipeline");

        static bool IsAboutGang(JsonNode one) => ((string)one["involvedObject"]!["name"]!).StartsWith("gang-", StringComparison.Ordinal);
    }

    private static string NodeOf(JsonNode pod) => (string)pod["spec"]!["nodeName"]!;

    private static void AssertNoGpuTwice(IReadOnlyList<JsonNode> pods)
    {
        var used = new Dictionary<string, uint>();
        foreach (var pod in pods)
        {
            var mask = uint.Parse(((string)pod["metadata"]!["annotations"]!["pipeline.gpu/gpus"]!)[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(int.Parse((string)pod["spec"]!["containers"]![0]!["resources"]!["limits"]!["nvidia.com/gpu"]!, CultureInfo.InvariantCulture), BitOperations.PopCount(mask));
            Assert.Equal(0u, used.GetValueOrDefault(NodeOf(pod)) & mask);
            used[NodeOf(pod)] = used.GetValueOrDefault(NodeOf(pod)) | mask;
        }
    }
}
