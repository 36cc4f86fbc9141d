using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>What has been learned from the workloads placed so far.</summary>
internal sealed class DemandMixPart(long version, DemandMixImage image) : ImagePart
{
    /// <summary><see cref="DemandMix.Version"/> of the original.</summary>
    public long Version => version;

    public DemandMixImage Image => image;

    public override ulong Key => KeyOf(ImageTable.DemandMix, 0);

    public override object Identity => this;

    public override void Write(ref CommandWriter writer)
    {
        writer.Int64(image.Placed);
        writer.Int64(image.Gpu);
        writer.Int64(image.Cpu);
        writer.Int64(image.Memory);
        writer.Int32(image.CpuStep);
        writer.Int32(image.MemoryStep);
        writer.Int32(image.Named.Length);
        for (var group = 0; group < image.Named.Length; group++)
        {
            writer.Int64(image.Named[group]);
            writer.Bool(image.Sought[group]);
        }
    }

    /// <exception cref="InvalidDataException">Damaged.</exception>
    public static void Restore(DemandMix mix, int groups, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var (placed, gpu, cpu, memory) = (reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());
        var (cpuStep, memoryStep) = (reader.Int32(), reader.Int32());
        Damage.If(placed < 0 || gpu < 0 || cpu < 0 || memory < 0 || reader.Int32() != groups
            || !UsualRatio.IsStep(cpuStep) || !UsualRatio.IsStep(memoryStep), "demand mix", 0);
        var (named, sought) = (new long[groups], new bool[groups]);
        for (var group = 0; group < groups; group++)
            (named[group], sought[group]) = (reader.Int64(), reader.Bool());
        Damage.If(!reader.AtEnd, "demand mix", 0);
        mix.Restore(new DemandMixImage(placed, gpu, cpu, memory, cpuStep, memoryStep, named, sought));
    }
}
