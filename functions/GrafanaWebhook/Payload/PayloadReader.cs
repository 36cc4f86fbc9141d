using System.Text.Json;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>
/// Parses and checks a notification. An alert that is wrong is left out and told of: no sender repeats what is refused, so refusing the
/// notification would lose the faults beside it as well.
/// </summary>
internal static class PayloadReader
{
    public const string Grafana = "1";
    public const string Alertmanager = "4";

    /// <summary>More in one notification cannot be told from an attack, and one command must stay small enough for the journal.</summary>
    public const int MaxAlerts = 10_000;

    /// <returns>Null: not a notification, or none of its alerts can be used; <paramref name="error"/> begins with the field.</returns>
    public static WebhookPayload? Read(ReadOnlySpan<byte> body, out string error)
    {
        var reader = new NotificationReader(body);
        try
        {
            var payload = reader.Read();
            error = Check(payload);
            return error.Length == 0 ? payload : null;
        }
        catch (JsonException e)
        {
            error = $"{reader.Field}: not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})";
        }
        catch (InvalidOperationException)
        {
            error = $"{reader.Field}: {reader.Expected}";
        }

        return null;
    }

    /// <returns>The first error, or an empty text.</returns>
    private static string Check(WebhookPayload payload)
    {
        if (payload.Version is null)
            return "version: is missing; this is not Grafana's or Alertmanager's own format (remove a custom payload template)";
        if (payload.Version is not (Grafana or Alertmanager))
            return "version: must be \"1\" (Grafana) or \"4\" (Alertmanager)";
        if (payload.Alerts is not { } alerts)
            return "alerts: is missing; this is not Grafana's or Alertmanager's own format (remove a custom payload template)";
        var all = alerts.Count + payload.Problems.Count;
        if (all is 0 or > MaxAlerts)
            return $"alerts: must be 1 to {MaxAlerts}, are {all}";
        return alerts.Count == 0 ? payload.Problems.Told[0] : "";
    }
}
