using System.Text.Json;

namespace Pipeline.Functions.Hosting.Triggers;

/// <summary>Remembers when a monitored timer is due, so that an occurrence is not missed because the host was down.</summary>
public interface IScheduleMonitor
{
    /// <summary>Null when nothing is known, which starts the schedule afresh.</summary>
    ScheduleStatus? Read(string function);

    /// <summary>Does not throw: a schedule that cannot be remembered still runs.</summary>
    void Write(string function, ScheduleStatus status);
}

/// <summary>One small JSON file per function.</summary>
public sealed class FileScheduleMonitor(string directory, ILogger<FileScheduleMonitor> logger) : IScheduleMonitor
{
    public ScheduleStatus? Read(string function)
    {
        try
        {
            var path = PathOf(function);
            return File.Exists(path) ? JsonSerializer.Deserialize<ScheduleStatus>(File.ReadAllBytes(path)) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "The schedule of {Function} cannot be read and starts afresh.", function);
            return null;
        }
    }

    public void Write(string function, ScheduleStatus status)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var path = PathOf(function);
            File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(status));
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning(e, "The schedule of {Function} could not be remembered.", function);
        }
    }

    private string PathOf(string function) => Path.Combine(directory, function + ".json");
}
