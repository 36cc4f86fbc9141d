using System.Text.Json.Serialization;
using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.GrafanaWebhook;

/// <param name="Accepted">Alerts that are new, those of nodes that the cluster does not know included.</param>
/// <param name="Ignored">Alerts that are recorded and never repaired.</param>
/// <param name="Runs">Runs behind the alerts, each once.</param>
/// <param name="Refused">Alerts that were left out because they are malformed; not written when there are none.</param>
/// <param name="Errors">What is wrong with the first of those, each beginning with the field; not written when there are none.</param>
public sealed record WebhookAnswer(
    [property: JsonPropertyName("accepted")] int Accepted,
    [property: JsonPropertyName("duplicates")] int Duplicates,
    [property: JsonPropertyName("ignored")] int Ignored,
    [property: JsonPropertyName("runs")] IReadOnlyList<string> Runs,
    [property: JsonPropertyName("refused"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Refused,
    [property: JsonPropertyName("errors"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Errors)
{
    internal static WebhookAnswer From(ReportAlertsReply reply, AlertProblems problems)
    {
        var (accepted, duplicates, ignored) = (0, 0, 0);
        foreach (var outcome in reply.Outcomes)
        {
            if (outcome is AlertOutcome.Accepted or AlertOutcome.UnknownNode)
                accepted++;
            else if (outcome is AlertOutcome.Duplicate)
                duplicates++;
            else
                ignored++;
        }

        return new(accepted, duplicates, ignored, Distinct(reply.Runs), problems.Count, problems.Count > 0 ? problems.Told : null);
    }

    private static List<string> Distinct(IList<string> runs)
    {
        var distinct = new List<string>(1);
        var seen = runs.Count > 1 ? new HashSet<string>(StringComparer.Ordinal) : null;
        foreach (var run in runs)
        {
            if (run.Length > 0 && seen?.Add(run) != false)
                distinct.Add(run);
        }

        return distinct;
    }
}

/// <param name="Error">For people; begins with the field that is wrong.</param>
public sealed record WebhookError([property: JsonPropertyName("error")] string Error);
