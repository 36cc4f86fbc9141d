using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Notify.Support;

/// <summary>Keeps runs, claims and tellings as the contract says. A test may make it crash or go away before a record.</summary>
internal sealed class MemoryRepairApi(TimeProvider time) : IRepairApi
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Run> _runs = [];
    private readonly Dictionary<string, (string Teller, DateTimeOffset Until)> _claims = [];

    /// <summary>Called before each record; what it throws is what the caller sees.</summary>
    public Action<RecordTellingRequest> BeforeRecord { get; set; } = _ => { };

    /// <summary>Called after each accepted record, before its caller hears of it.</summary>
    public Action<RecordTellingRequest> AfterRecord { get; set; } = _ => { };

    public Action BeforeClaim { get; set; } = () => { };

    public List<RecordTellingRequest> Records { get; } = [];

    public void Put(Run run)
    {
        lock (_gate)
        {
            var known = _runs.GetValueOrDefault(run.Id);
            _runs[run.Id] = run.Clone();
            if (known is not null)
                _runs[run.Id].Tellings.Add(known.Tellings);
        }
    }

    public Telling? Telling(string sender, string run = Runs.Id)
    {
        lock (_gate)
            return _runs[run].Tellings.FirstOrDefault(telling => telling.Sender == sender)?.Clone();
    }

    /// <summary>Loses the run and how far it was told.</summary>
    public void Forget(string run)
    {
        lock (_gate)
            _runs.Remove(run);
    }

    public bool IsClaimed(string run = Runs.Id)
    {
        lock (_gate)
            return _claims.TryGetValue(run, out var claim) && claim.Until > time.GetUtcNow();
    }

    public Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default)
    {
        BeforeClaim();
        lock (_gate)
        {
            if (!_runs.TryGetValue(request.Run, out var run))
                return Task.FromResult(new ClaimTellingReply());
            var held = _claims.TryGetValue(request.Run, out var claim) && claim.Until > time.GetUtcNow() && claim.Teller != request.Teller;
            if (!held)
                _claims[request.Run] = (request.Teller, time.GetUtcNow() + TimeSpan.FromMilliseconds(request.Lease));
            return Task.FromResult(new ClaimTellingReply { Granted = !held, Run = run.Clone() });
        }
    }

    public Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default)
    {
        BeforeRecord(request);
        lock (_gate)
        {
            if (!_claims.TryGetValue(request.Run, out var claim) || claim.Teller != request.Teller || claim.Until <= time.GetUtcNow())
                return Task.FromResult(new RecordTellingReply());
            Records.Add(request.Clone());
            var tellings = _runs[request.Run].Tellings;
            var telling = tellings.FirstOrDefault(telling => telling.Sender == request.Sender);
            if (telling is null)
                tellings.Add(telling = new Telling { Sender = request.Sender });
            telling.Reference = request.Reference;
            telling.Told = request.Told;
            if (request.Release)
                _claims.Remove(request.Run);
        }

        AfterRecord(request);
        return Task.FromResult(new RecordTellingReply { Accepted = true });
    }

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default)
    {
        lock (_gate)
            return Task.FromResult(new GetRunReply { Run = _runs.GetValueOrDefault(request.Id)?.Clone() });
    }

    public Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default) => throw Unused();

    public Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default) => throw Unused();

    public Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default) => throw Unused();

    public Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default) => throw Unused();

    public Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default) => throw Unused();

    public Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default) => throw Unused();

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default) => throw Unused();

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default) => throw Unused();

    private static InvalidOperationException Unused() => new("Telling a story needs no such call.");
}
