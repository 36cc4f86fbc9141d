using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Explain;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Lets the cluster show why each workload waits. Of many only a few are explained at a time, those first that have waited longest for an
/// explanation, and none is told the same twice in a row. What is said of a gang is said of all its members.
/// </summary>
internal sealed class PendingReports(
    ICluster cluster, EngineLoop loop, Explanations explanations, PendingBook book, TimeProvider time, ILogger logger)
{
    // An explanation keeps the decision loop busy for up to a millisecond, that of a gang for a few.
    private const int AtOnce = 32;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    // What is free changes with every workload that comes or goes; nobody reads it that often.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly Dictionary<ulong, (string Text, long At)> _told = [];
    private readonly Dictionary<ulong, (string Text, long At)> _saidOfGangs = [];

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(Pace, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await ReportAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                ClusterLog.ExplainingFailed(logger, exception);
            }
        }
    }

    private async Task ReportAsync(CancellationToken cancellation)
    {
        var waiting = book.Waiting();
        var ids = waiting.Select(workload => workload.Id).ToHashSet();
        foreach (var gone in _told.Keys.Where(id => !ids.Contains(id)).ToList())
            _told.Remove(gone);
        foreach (var old in _saidOfGangs.Where(said => time.GetElapsedTime(said.Value.At) >= Again).Select(said => said.Key).ToList())
            _saidOfGangs.Remove(old);
        var due = waiting.Where(workload => !_told.TryGetValue(workload.Id, out var told) || time.GetElapsedTime(told.At) >= Again)
            .OrderBy(workload => _told.TryGetValue(workload.Id, out var told) ? told.At : long.MinValue)
            .Take(AtOnce);
        foreach (var workload in due)
        {
            var text = workload.Reason.Length > 0 ? workload.Reason : await ExplainAsync(workload, cancellation).ConfigureAwait(false);
            var told = _told.GetValueOrDefault(workload.Id);
            // Before it is told: what cannot be told comes again behind the others, as not told.
            _told[workload.Id] = (told.Text, time.GetTimestamp());
            if (text.Length > 0 && text != told.Text)
                await cluster.ExplainAsync(workload.Id, text, cancellation).ConfigureAwait(false);
            _told[workload.Id] = (text, time.GetTimestamp());
        }
    }

    /// <returns>Empty: it has found a place meanwhile.</returns>
    private async Task<string> ExplainAsync(WaitingWorkload workload, CancellationToken cancellation)
    {
        if (_saidOfGangs.TryGetValue(workload.Gang, out var said))
            return said.Text;
        var reply = await explanations.OfAsync(workload.Gang == 0 ? workload.Id : 0, workload.Gang, cancellation).ConfigureAwait(false);
        if (reply.Detail is not Explanation { IsPending: true } explanation)
            return "";
        var text = explanation.ToSentence(loop.Snapshot.NodeCount);
        // A gang has thousands of members, and an explanation of it may take as long as a thousand decisions.
        if (workload.Gang != 0)
            _saidOfGangs[workload.Gang] = (text, time.GetTimestamp());
        return text;
    }
}
