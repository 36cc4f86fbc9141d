using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Api;

/// <summary>Runs and alerts in memory, newest first; the writes that the read API must not make are refused.</summary>
internal sealed class FakeRepair : IRepairApi
{
    private readonly Lock _lock = new();
    private readonly List<Run> _runs = [];
    private readonly List<AlertRecord> _alerts = [];

    public List<ReturnNodeRequest> Returned { get; } = [];

    public bool Returns { get; set; } = true;

    /// <summary>Thrown by every read while set.</summary>
    public Exception? Failure { get; set; }

    public static Run Run(string id, string node, RunState state, bool ended = false) => new()
    {
        Id = id,
        Node = node,
        State = state,
        Ended = ended,
        FaultClass = "gpu-off-bus",
        OpenedAt = 1_700_000_000_000,
        StartsAt = 1_699_999_999_000,
        EndedAt = ended ? 1_700_000_090_000 : 0,
    };

    /// <summary>Adds a run, or replaces the one with its id.</summary>
    public FakeRepair Put(Run run)
    {
        lock (_lock)
        {
            var at = _runs.FindIndex(known => known.Id == run.Id);
            if (at >= 0)
                _runs[at] = run;
            else
                _runs.Insert(0, run);
        }

        return this;
    }

    public void Remove(string run)
    {
        lock (_lock)
            _runs.RemoveAll(known => known.Id == run);
    }

    public void Put(AlertRecord alert)
    {
        lock (_lock)
            _alerts.Insert(0, alert);
    }

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default)
    {
        if (Failure is { } failure)
            throw failure;
        lock (_lock)
        {
            var reply = new ListRunsReply();
            reply.Continue = Pages.Take(_runs.Where(run => !request.LiveOnly || !run.Ended), request.Limit, request.Continue, reply.Runs);
            return Task.FromResult(reply);
        }
    }

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default)
    {
        lock (_lock)
            return Task.FromResult(new GetRunReply { Run = _runs.Find(run => run.Id == request.Id) });
    }

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var reply = new ListAlertsReply();
            reply.Continue = Pages.Take(_alerts, request.Limit, request.Continue, reply.Alerts);
            return Task.FromResult(reply);
        }
    }

    public Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default)
    {
        Returned.Add(request);
        return Task.FromResult(new ReturnNodeReply { Returned = Returns });
    }

    public Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default) => throw NotARead();

    public Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default) => throw NotARead();

    public Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default) => throw NotARead();

    public Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default) => throw NotARead();

    public Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default) => throw NotARead();

    public Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default) => throw NotARead();

    public Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default) => throw NotARead();

    private static InvalidOperationException NotARead() => new("The read API must not write.");
}
