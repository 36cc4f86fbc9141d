using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary><c>GET /api/explain/{namespace}/{name}</c>: why a workload or gang waits and what would let it run, or why it is where it is.</summary>
internal static class ExplainEndpoints
{
    public static async Task<IResult> GetAsync(string @namespace, string name, ISchedulerApi scheduler, CancellationToken cancellation)
    {
        var explanation = await scheduler.ExplainAsync(new ExplainRequest { Name = $"{@namespace}/{name}" }, cancellation);
        return Results.Json(ExplanationJson.Of(explanation), ApiJson.Default.ExplanationJson);
    }
}

/// <param name="State"><c>pending</c> or <c>placed</c>.</param>
/// <param name="Position">Jobs before it in the queue; null when it has a place.</param>
/// <param name="EarliestStart">When it can start if what runs ends when it says; null when not known, and then <paramref name="EarliestStartReason"/> says why.</param>
public sealed record ExplanationJson(
    string State, int? Position, string? EarliestStart, string EarliestStartReason, IReadOnlyList<ReasonJson> Reasons,
    IReadOnlyList<RemedyJson> Remedies, IReadOnlyList<SeatJson> Seats, IReadOnlyList<string> Because)
{
    public static ExplanationJson Of(Explanation explanation) => new(
        explanation.State, explanation.State == "pending" ? explanation.Position : null, ApiTime.Iso(explanation.EarliestStartMs),
        explanation.EarliestStartReason,
        [.. explanation.Reasons.Select(reason => new ReasonJson(reason.Code, reason.Nodes, reason.Detail))],
        [.. explanation.Remedies.Select(remedy => new RemedyJson(remedy.Code, remedy.Amount, remedy.Subject, remedy.Detail))],
        [.. explanation.Seats.Select(seat => new SeatJson(Id(seat.Workload), seat.Node, GpuMask.Indexes(seat.GpuMask)))],
        [.. explanation.Because]);

    private static string Id(ulong workload) => workload.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <param name="Nodes">How many nodes; 0 for a reason that is not a node's.</param>
public sealed record ReasonJson(string Code, int Nodes, string Detail);

public sealed record RemedyJson(string Code, long Amount, string Subject, string Detail);

/// <param name="Gpus">GPU indexes on the node.</param>
public sealed record SeatJson(string Workload, string Node, int[] Gpus);
