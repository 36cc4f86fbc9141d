using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Repairs;

/// <summary>
/// Takes over what another leader has left: the runs that the cluster keeps, and those of which only the mark on a node is left. A run
/// that the model knows stays as it is.
/// </summary>
/// <param name="records">Null: the cluster keeps none.</param>
public sealed class RunResumption(EngineLoop loop, IRunRecords? records, ILogger<RunResumption> logger)
{
    private IReadOnlyList<RunRecord>? _left;

    /// <summary>Reads what the cluster keeps. To be called before the cluster is listed: it may have to wait, and what is placed must not be placed by an old listing.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
        => _left ??= records is null ? [] : await records.ListAsync(cancellation).ConfigureAwait(false);

    /// <summary>To be called when the model has the nodes, before anything is placed on them and before a mark is taken off.</summary>
    public async Task ResumeAsync(IReadOnlyList<ClusterNode> nodes, CancellationToken cancellation)
    {
        await ReadAsync(cancellation).ConfigureAwait(false);
        foreach (var record in InOrder(_left!))
            await AdoptAsync(record).ConfigureAwait(false);
        // Once: from then on the records follow the model.
        _left = [];
        foreach (var node in nodes.Where(node => node.Mark.Length > 0 && loop.Snapshot.Repair.RunById(node.Mark) is null))
            await AdoptMarkAsync(node).ConfigureAwait(false);
    }

    /// <summary>Ended runs as they ended, then those that go on; what waits for room comes last, lest it is let in before the others are counted.</summary>
    private static IEnumerable<RunRecord> InOrder(IReadOnlyList<RunRecord> records)
        => records.OrderBy(record => record.Run switch { { Ended: true } => 0, { State: RunState.Held } => 2, _ => 1 })
            .ThenBy(record => record.Run?.EndedAt).ThenBy(record => record.Run?.OpenedAt);

    private async Task AdoptAsync(RunRecord record)
    {
        if (record.Run is not { } run)
        {
            RunLog.NotRead(logger, record.Id, record.Problem);
            return;
        }

        var reply = await loop.SubmitAsync(new AdoptRunCommand { Run = run }).ConfigureAwait(false);
        if (reply.Outcome == Outcome.Done && !run.Ended && loop.Snapshot.Repair.RunById(run.Id) is { Ended: true })
            RunLog.NodeLeft(logger, run.Id, run.NodeName);
        else if (reply.Outcome == Outcome.Done && !run.Ended)
            RunLog.Resumed(logger, run.Id, run.NodeName, run.State, run.Step, run.Attempt);
        else if (reply.Outcome is not (Outcome.Done or Outcome.Unchanged) && !(run.Ended && !run.Holds))
            RunLog.NotResumed(logger, run.Id, run.NodeName, reply.Detail as string ?? $"{reply.Outcome}");
    }

    private async Task AdoptMarkAsync(ClusterNode node)
    {
        var mark = node.Written ?? new NodeMark(node.Name, node.Mark, "", "");
        await loop.SubmitAsync(new AdoptMarkCommand
        {
            Node = node.Name,
            Run = node.Mark,
            State = mark.State,
            Step = mark.Step,
            Attempt = mark.Attempt,
            FaultClass = mark.FaultClass,
        }).ConfigureAwait(false);
        if (loop.Snapshot.Repair.NewestFirst().FirstOrDefault(run => run.Holds && run.NodeName == node.Name) is { } run)
            RunLog.MarkFound(logger, node.Name, node.Mark, run.Id, run.State);
    }
}
