using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipeline.Journal.Disk;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>
/// Says in the data folder under which leadership its contents were written. When others have led since then, the cluster has gone on
/// without them: they are moved aside, since to recover from them would be to decide by what was true once.
/// </summary>
internal sealed class TermFile(string folder, ILogger logger)
{
    private const string AsidePrefix = "superseded-";

    // For whoever wants to know what a leader of yesterday did; a folder that comes and goes between two hosts must not fill the disk.
    private const int KeptAside = 3;

    // The model and its journal; the wake-ups for the runs in it; when its deadlines were last looked at.
    private static readonly string[] Contents = ["hotpath", "queue", "timers"];

    private string FilePath => Path.Combine(folder, "leader.json");

    /// <summary>Makes the folder one of this leadership. To be called before anything in it is opened.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public void Claim(FencingToken token)
    {
        Directory.CreateDirectory(folder);
        if (WhyStale(token) is { } why)
            MoveAside(why, token);
        AtomicFile.Replace(FilePath, JsonSerializer.SerializeToUtf8Bytes(token));
    }

    /// <returns>Null: nobody has led in between, or there is nothing.</returns>
    private string? WhyStale(FencingToken token)
    {
        if (!Contents.Any(name => Directory.Exists(Path.Combine(folder, name))))
            return null;
        if (Read() is not { } before)
            return "they do not say under which leadership they were written";
        if (before.Lease != token.Lease)
            return "they were written under another Lease";
        // Each leadership is one term.
        return before.Term == token.Term - 1 ? null : $"they were written in term {before.Term}, and this is term {token.Term}";
    }

    private FencingToken? Read()
    {
        try
        {
            return File.Exists(FilePath) ? JsonSerializer.Deserialize<FencingToken>(File.ReadAllText(FilePath)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void MoveAside(string why, FencingToken token)
    {
        // Sorts by age under one Lease.
        var aside = Path.Combine(folder, $"{AsidePrefix}{token.Term:d10}-{token.Lease}");
        Directory.CreateDirectory(aside);
        foreach (var name in Contents.Where(name => Directory.Exists(Path.Combine(folder, name))))
            Directory.Move(Path.Combine(folder, name), Path.Combine(aside, name));
        ElectionLog.MovedAside(logger, folder, why, aside);
        foreach (var old in Directory.GetDirectories(folder, $"{AsidePrefix}*").OrderByDescending(Directory.GetCreationTimeUtc).Skip(KeptAside))
            Directory.Delete(old, recursive: true);
    }
}
