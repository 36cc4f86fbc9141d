using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Loop;
using Pipeline.Journal;
using Pipeline.Journal.Disk;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>A data directory that is gone after the test.</summary>
internal sealed class Disk : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("service-").FullName;

    /// <summary>What kill -9 at this moment would leave: the files as the system holds them.</summary>
    public Disk Snapshot()
    {
        var copy = new Disk();
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            var relative = System.IO.Path.GetRelativePath(Path, file);
            if (relative == "lock")
                continue;
            var target = System.IO.Path.Combine(copy.Path, relative);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A disk that does what a test says at each stage of a change.</summary>
internal sealed class StageGate : DiskGate
{
    public Action<string> At { get; set; } = _ => { };

    public Action BeforeSync { get; set; } = () => { };

    public override void OnStage(string stage) => At(stage);

    public override void OnSync(string path)
    {
        if (path.Contains("segment", StringComparison.Ordinal))
            BeforeSync();
    }
}

/// <summary>Loop and checkpointer over a real directory.</summary>
internal sealed class DiskWorld : IAsyncDisposable
{
    public DiskWorld(Disk disk, TimeProvider? time = null, int segmentBytes = 256 << 10)
    {
        time ??= TimeProvider.System;
        var options = new DurableStateOptions
        {
            Directory = disk.Path,
            PageBytes = 64 << 10,
            MemoryBytes = 256 << 10,
            SegmentBytes = segmentBytes,
            Gate = Gate,
        };
        Recovery = Recovery.Open(options, time, NullLogger.Instance);
        Loop = new EngineLoop(Recovery.State, Recovery.LastTime, Durable.Log, Effects, new LoopOptions(), time, NullLogger<EngineLoop>.Instance);
        Checkpointer = new Checkpointer(Loop, Durable, Recovery.StoredKeys, new CheckpointOptions(), time, NullLogger<Checkpointer>.Instance);
        Loop.Start();
    }

    public StageGate Gate { get; } = new();

    public DurableState Durable => Recovery.Durable;

    public Recovery Recovery { get; }

    public RecordingSink Effects { get; } = new();

    public EngineLoop Loop { get; }

    public Checkpointer Checkpointer { get; }

    public ulong Hash => Loop.Snapshot.ImageHash();

    public async ValueTask DisposeAsync()
    {
        await Loop.DisposeAsync();
        await Durable.DisposeAsync();
    }
}
