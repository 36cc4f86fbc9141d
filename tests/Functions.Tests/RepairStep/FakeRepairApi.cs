using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.RepairStep;

/// <summary>
/// Answers begins as the engine does: an attempt is begun once, then resumed until it is completed, and refused afterwards or when its run ended.
/// </summary>
internal sealed class FakeRepairApi : IRepairApi
{
    private readonly Dictionary<(string Run, int Attempt), long> _begun = [];
    private readonly HashSet<(string Run, int Attempt)> _done = [];

    public BeginStepReply Template { get; init; } =
        new() { Node = "gpu-0012", GpuMask = 0b10, Deadline = long.MaxValue / 1_000_000, Repeatable = true };

    public TimeProvider? Time { get; init; }

    /// <summary>How far the engine's clock is ahead of the functions'.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>Happens on the way back from a begin.</summary>
    public Action OnBegin { get; set; } = () => { };

    public bool RunEnded { get; set; }

    /// <summary>Thrown by the next call.</summary>
    public Exception? Unavailable { get; set; }

    public List<CompleteStepRequest> Completed { get; } = [];

    public List<string> Calls { get; } = [];

    public Func<SweepReply> Swept { get; init; } = () => new SweepReply();

    public Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default)
    {
        ThrowIfUnavailable();
        Calls.Add($"begin {request.Actor}");
        var key = (request.Message.Run, request.Message.Attempt);
        var reply = Template.Clone();
        reply.Now = ((Time?.GetUtcNow() ?? DateTimeOffset.UnixEpoch) + Ahead).ToUnixTimeMilliseconds();
        var isNew = _begun.TryAdd(key, reply.Now);
        reply.Outcome = RunEnded || _done.Contains(key) ? BeginOutcome.Refused : isNew ? BeginOutcome.Begun : BeginOutcome.Resumed;
        reply.BegunAt = _begun[key];
        OnBegin();
        return Task.FromResult(reply);
    }

    public Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default)
    {
        ThrowIfUnavailable();
        Calls.Add("complete");
        Completed.Add(request);
        return Task.FromResult(new CompleteStepReply { Accepted = _done.Add((request.Message.Run, request.Message.Attempt)) });
    }

    public Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default)
    {
        ThrowIfUnavailable();
        Calls.Add("sweep");
        return Task.FromResult(Swept());
    }

    public Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default) => throw Unasked();

    public Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default) => throw Unasked();

    public Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default) => throw Unasked();

    public Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default) => throw Unasked();

    public Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default) => throw Unasked();

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default) => throw Unasked();

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default) => throw Unasked();

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default) => throw Unasked();

    private static NotSupportedException Unasked() => new("These functions do not ask this.");

    private void ThrowIfUnavailable()
    {
        if (Unavailable is not { } error)
            return;
        Unavailable = null;
        throw error;
    }
}
