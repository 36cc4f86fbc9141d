namespace Pipeline.Journal.Disk;

/// <summary>
/// Asked before every change to a file, so that a test can refuse it as a full or dying disk would. The default allows everything.
/// </summary>
internal class DiskGate
{
    public static DiskGate Open { get; } = new();

    /// <summary>Space for a new file of <paramref name="bytes"/> is about to be reserved.</summary>
    public virtual void OnAllocate(string path, long bytes)
    {
    }

    public virtual void OnWrite(string path, long offset, int bytes)
    {
    }

    /// <summary>What was written to the file is about to be forced to the device.</summary>
    public virtual void OnSync(string path)
    {
    }

    /// <summary>A named point in the middle of a longer change; a test that throws here stands for a crash at that point.</summary>
    public virtual void OnStage(string stage)
    {
    }
}
