using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.RepairStep;

/// <summary>The queue's form of a step: <c>{"run":"…","step":"driverReset","attempt":3}</c>.</summary>
public static class StepMessageJson
{
    private static readonly Dictionary<string, StepKind> ByName =
        Enum.GetValues<StepKind>().Where(k => k != StepKind.Unspecified).ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>The name of a step in messages and logs, such as <c>driverReset</c>.</summary>
    public static string NameOf(StepKind step) => JsonNamingPolicy.CamelCase.ConvertName(step.ToString());

    public static string Write(StepMessage message) =>
        JsonSerializer.Serialize(new { run = message.Run, step = NameOf(message.Step), attempt = message.Attempt });

    /// <summary>Reads a message; unknown fields are ignored.</summary>
    /// <param name="problem">What is wrong, naming the field.</param>
    public static bool TryRead(string json, [NotNullWhen(true)] out StepMessage? message, [NotNullWhen(false)] out string? problem)
    {
        message = null;
        problem = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            problem = Read(document.RootElement, out message);
        }
        catch (JsonException e)
        {
            problem = $"it is not JSON: {e.Message}";
        }

        return message is not null && problem is null;
    }

    private static string? Read(JsonElement root, out StepMessage? message)
    {
        message = null;
        if (root.ValueKind != JsonValueKind.Object)
            return "it must be a JSON object";
        if (!root.TryGetProperty("run", out var run) || run.ValueKind != JsonValueKind.String || run.GetString() is not { Length: > 0 } id)
            return "'run' must be a text that is not empty";
        if (!root.TryGetProperty("step", out var step)
            || step.ValueKind != JsonValueKind.String
            || !ByName.TryGetValue(step.GetString()!, out var kind))
            return $"'step' must be one of {string.Join(", ", ByName.Keys)}";
        if (!root.TryGetProperty("attempt", out var attempt)
            || attempt.ValueKind != JsonValueKind.Number
            || !attempt.TryGetInt32(out var number)
            || number < 1)
            return "'attempt' must be a whole number from 1";
        message = new StepMessage { Run = id, Step = kind, Attempt = number };
        return null;
    }
}
