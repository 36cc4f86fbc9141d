using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.Notify;

/// <summary>The queued wake-up: this run has something to tell. Callers send <c>{"run":"r-…"}</c>; the rest is the handler's own.</summary>
/// <param name="Run">Run id.</param>
/// <param name="Try">Times in a row that another teller held the run.</param>
/// <param name="Waits">Senders that must not be tried before a time.</param>
public sealed record Notification(
    [property: JsonPropertyName("run")] string Run,
    [property: JsonPropertyName("try")] int Try = 0,
    [property: JsonPropertyName("waits")] ImmutableArray<SenderWait> Waits = default)
{
    /// <exception cref="FormatException">The message is no JSON object, or a field is missing or wrong; the message names it.</exception>
    public static Notification Parse(string message)
    {
        Notification? read;
        try
        {
            read = JsonSerializer.Deserialize(message, NotificationJson.Default.Notification);
        }
        catch (JsonException wrong)
        {
            throw new FormatException($"Notification message: {wrong.Path ?? "the message"} is not what it should be.", wrong);
        }

        if (string.IsNullOrWhiteSpace(read?.Run))
            throw new FormatException("Notification message: field \"run\" is missing.");
        if (read.Try < 0)
            throw new FormatException("Notification message: field \"try\" is negative.");
        return read with { Waits = read.Waits.IsDefault ? [] : read.Waits };
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public string Format() => JsonSerializer.Serialize(this with { Waits = Waits.IsDefault ? [] : Waits }, NotificationJson.Default.Notification);
}

/// <summary>How long a sender is left alone after a failure.</summary>
/// <param name="Failures">In a row, without anything told in between; from 1.</param>
/// <param name="Until">
/// Milliseconds: in a message from when it is due, else by <see cref="RetryBook.Now"/>. Never by the machine's clock, which somebody may set.
/// </param>
public sealed record SenderWait(
    [property: JsonPropertyName("sender")] string Sender,
    [property: JsonPropertyName("failures")] int Failures,
    [property: JsonPropertyName("left")] long Until);

[JsonSerializable(typeof(Notification))]
internal sealed partial class NotificationJson : JsonSerializerContext;
