using Pipeline.Contracts.V1;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Repair;
using Pipeline.Simulation.Tests.Core;
using AlertStatus = Pipeline.Contracts.V1.AlertStatus;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Simulation.Tests.Invariants;

/// <summary>What was acknowledged to senders of alerts, to be found again after every crash.</summary>
internal sealed class AlertLedger
{
    private readonly List<(Alert Alert, V1.AlertOutcome Outcome, string Run)> _acknowledged = [];

    public int Accepted { get; private set; }

    public void Acknowledged(ReportAlertsRequest request, ReportAlertsReply reply)
    {
        for (var i = 0; i < request.Alerts.Count; i++)
        {
            _acknowledged.Add((request.Alerts[i], reply.Outcomes[i], reply.Runs[i]));
            Accepted += reply.Outcomes[i] == V1.AlertOutcome.Accepted ? 1 : 0;
        }
    }

    public void Check(ClusterState cluster)
    {
        var state = cluster.Repair;
        var recorded = state.Alerts.Select(record => (record.Alert.Fingerprint, record.Alert.StartsAt)).ToHashSet();
        foreach (var (alert, outcome, run) in _acknowledged)
        {
            var episode = cluster.Episodes.Find(new EpisodeKey(alert.Fingerprint, alert.StartsAt));
            BrokenInvariantException.Unless(
                episode is not null && (episode.Resolved || alert.Status == AlertStatus.Firing),
                "an acknowledged alert is not lost", () => $"{alert.Status} {alert.Fingerprint} was {outcome}, its episode is {episode}");
            BrokenInvariantException.Unless(
                recorded.Contains((alert.Fingerprint, alert.StartsAt)), "an acknowledged alert is recorded", () => alert.Fingerprint);
            BrokenInvariantException.Unless(
                run.Length == 0 || state.RunById(run) is not null, "the run of an acknowledged alert is there", () => $"{run} of {alert.Fingerprint}");
        }
    }
}
