using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary><c>GET /api/workloads</c>.</summary>
internal static class WorkloadEndpoints
{
    public static async Task<IResult> ListAsync(HttpRequest request, IClusterApi cluster, CancellationToken cancellation)
    {
        var reply = await Page.Of(request).ReadAsync(page => cluster.ListWorkloadsAsync(
            new ListWorkloadsRequest { Limit = page.Limit, Continue = page.Continue }, cancellation));
        return Results.Json(
            new WorkloadListJson([.. reply.Workloads.Select(WorkloadJson.Of)], Page.Next(reply.Continue)), ApiJson.Default.WorkloadListJson);
    }
}

/// <param name="Gpus">GPU indexes on the node.</param>
/// <param name="GpuMilli">Milli-GPU on each of them.</param>
/// <param name="Bound">False: an assumption that expires unless a bind confirms it.</param>
public sealed record WorkloadJson(string Id, string Name, string Node, int[] Gpus, int GpuMilli, long CpuMilli, long MemoryMib, bool Bound)
{
    public static WorkloadJson Of(Workload workload) => new(
        workload.Id, workload.Name, workload.Node, GpuMask.Indexes(workload.GpuMask), workload.GpuMilli, workload.CpuMilli,
        workload.MemoryMib, workload.Bound);
}

public sealed record WorkloadListJson(IReadOnlyList<WorkloadJson> Workloads, string? Continue);
