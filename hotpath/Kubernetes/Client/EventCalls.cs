using System.Security.Cryptography;
using System.Text;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Client;

/// <summary>What operators see below an object in <c>kubectl describe</c>.</summary>
public static class EventCalls
{
    // The server refuses longer messages.
    private const int MessageBytesMax = 1024;

    // What is left of an object's name (253) beside the point and the fingerprint.
    private const int NameMax = 253 - 17;

    /// <summary>Says that something happened to an object; the same words said again count the event up and do not make another.</summary>
    /// <param name="about">With kind, name and uid; the namespace of an object that has none is <c>default</c>, as for all its events.</param>
    /// <param name="type">Normal or Warning.</param>
    /// <param name="reason">One word of CamelCase.</param>
    /// <param name="message">Cut off after 1,024 bytes.</param>
    public static async Task<Event> RecordAsync(
        this KubernetesClient client, ObjectReference about, string type, string reason, string message, RequestOptions? options = null, CancellationToken cancellation = default)
    {
        var now = client.Time.GetUtcNow();
        var said = Cut(message);
        var name = new ObjectName(about.Namespace ?? "default", $"{Cut(about.Name ?? "", NameMax)}.{Fingerprint(about.Kind, about.Uid, type, reason, said)}");
        var happened = new Event
        {
            Metadata = new ObjectMeta { Name = name.Name, Namespace = name.Namespace },
            InvolvedObject = about,
            Type = type,
            Reason = reason,
            Message = said,
            Source = new EventSource { Component = client.Options.FieldManager },
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        };
        try
        {
            return await client.CreateAsync(Kinds.Events, happened, options, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            return await client.UpdateAsync(
                Kinds.Events, name, known => known with { Count = known.Count + 1, LastTimestamp = now }, options, cancellation).ConfigureAwait(false);
        }
    }

    private static string Cut(string name, int length) => name.Length <= length ? name : name[..length].TrimEnd('-', '.');

    private static string Cut(string message)
    {
        var bytes = Encoding.UTF8.GetBytes(message);
        if (bytes.Length <= MessageBytesMax)
            return message;
        var end = MessageBytesMax;
        // Not within a character: its later bytes begin with the bits 10.
        while ((bytes[end] & 0b1100_0000) == 0b1000_0000)
            end--;
        return Encoding.UTF8.GetString(bytes, 0, end);
    }

    private static string Fingerprint(params ReadOnlySpan<string?> parts)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)))[..8]);
}
