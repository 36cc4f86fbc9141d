using System.Runtime.CompilerServices;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Placement;

/// <summary>Says what is wrong with a command that asks for resources; null when nothing is.</summary>
internal static class Demand
{
    /// <summary>A million cores or a pebibyte in one node is a wrong unit; and sums of these fit the columns.</summary>
    public const int MaxAmount = 1_000_000_000;

    /// <summary>A Kubernetes namespace and name take 317 characters.</summary>
    public const int MaxName = 512;

    /// <param name="shape">Of the command.</param>
    public static string? Problem(PlaceCommand command, in Shape shape)
        => Problem(command.Workload, command.Name) ?? Problem(shape) ?? Problem(command.AskedTraits) ?? ActorProblem(command.Actor)
        ?? CandidatesProblem(command.Candidates, command.Wait) ?? SelectionProblem(command.Selection, command.Candidates is not null);

    /// <summary>What waits is placed later, when the nodes that will do now may be others.</summary>
    public static string? CandidatesProblem(NodeSet? candidates, bool wait)
        => candidates is null || !wait ? null : "Wait: what may only go to some nodes cannot wait in the queue.";

    public static string? SelectionProblem(NodeSelection? selection, bool hasCandidates)
        => selection is null ? null : hasCandidates ? "Selection: candidates say which nodes will do." : selection.Problem;

    public static string? Problem(in Shape shape)
    {
        if (shape.GpuCount is < 0 or > NodeTable.MaxGpus)
            return OutOfRange("GpuCount", shape.GpuCount, 0, NodeTable.MaxGpus);
        if (shape.GpuCount > 0 && shape.GpuMilli is < 1 or > NodeTable.WholeGpu)
            return OutOfRange("GpuMilli", shape.GpuMilli, 1, NodeTable.WholeGpu);
        if (shape.GpuCount > 1 && shape.GpuMilli != NodeTable.WholeGpu)
            return SharedByMany(shape);
        if (shape.Groups.IsEmpty)
            return "Groups: names no machine group.";
        return AmountProblem(shape.CpuMilli, shape.MemoryMib);
    }

    public static string? Problem(MachineProfile profile)
        => Problem(new Shape(profile.GpuCount, profile.GpuMilli, profile.CpuMilli, profile.MemoryMib, GroupSet.Any));

    public static string? Problem(in WorkloadTraits traits)
    {
        if (traits.Provisioning > Provisioning.Reserved)
            return Unknown("Provisioning", (byte)traits.Provisioning);
        if (traits.Category > Category.Interactive)
            return Unknown("Category", (byte)traits.Category);
        if (traits.Purpose > Purpose.Test)
            return Unknown("Purpose", (byte)traits.Purpose);
        if (traits.ExpectedSeconds is < 0 or > WorkloadTraits.MaxSeconds)
            return OutOfRange("ExpectedSeconds", traits.ExpectedSeconds, 0, WorkloadTraits.MaxSeconds);
        if (traits.RestartSeconds is < 0 or > WorkloadTraits.MaxSeconds)
            return OutOfRange("RestartSeconds", traits.RestartSeconds, 0, WorkloadTraits.MaxSeconds);
        return null;
    }

    /// <summary>Of what must have a name.</summary>
    public static string? NameProblem(string name)
        => name.Length is 0 or > MaxName ? $"Name: {name.Length} characters are not between 1 and {MaxName}." : null;

    public static string? ActorProblem(string actor)
        => actor.Length <= MaxName ? null : TooLong("Actor", actor);

    public static string? Problem(BindCommand command)
    {
        if (command.GpuMask >= 1u << NodeTable.MaxGpus)
            return NoSuchGpu(command.GpuMask);
        if (command.GpuCount is < 0 or > NodeTable.MaxGpus)
            return OutOfRange("GpuCount", command.GpuCount, 0, NodeTable.MaxGpus);
        if ((command.GpuMask != 0 || command.GpuCount != 0) && command.GpuMilli is < 1 or > NodeTable.WholeGpu)
            return OutOfRange("GpuMilli", command.GpuMilli, 1, NodeTable.WholeGpu);
        return Problem(command.Workload, command.Name) ?? AmountProblem(command.CpuMilli, command.MemoryMib) ?? Problem(command.Traits);
    }

    public static string? Problem(UpsertNodeCommand command)
    {
        if (NameProblem(command.Name) is { } name)
            return name;
        if (command.GpuCount is < 0 or > NodeTable.MaxGpus)
            return OutOfRange("GpuCount", command.GpuCount, 0, NodeTable.MaxGpus);
        if (command.Group.Length > MaxName)
            return TooLong("Group", command.Group);
        if (command.TopologyLeaf < -1)
            return $"TopologyLeaf: {command.TopologyLeaf} is neither a leaf nor -1.";
        if (command.Zone > ZoneRole.Large)
            return Unknown("Zone", (byte)command.Zone);
        if (command.MaxWorkloads < 0)
            return $"MaxWorkloads: {command.MaxWorkloads} is below 0.";
        return AmountProblem(command.CpuMilli, command.MemoryMib);
    }

    public static string? Problem(ulong workload, string name)
    {
        if (workload == 0)
            return "Workload: 0 is no id.";
        return name.Length > MaxName ? TooLong("Name", name) : null;
    }

    private static string? AmountProblem(long cpuMilli, long memoryMib)
    {
        if (cpuMilli is < 0 or > MaxAmount)
            return OutOfRange("CpuMilli", cpuMilli, 0, MaxAmount);
        if (memoryMib is < 0 or > MaxAmount)
            return OutOfRange("MemoryMib", memoryMib, 0, MaxAmount);
        return null;
    }

    // Not inlined: to put a text together takes a frame that is cleared each time, which costs what nobody finds fault with as much as all the checks.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string TooLong(string field, string text) => $"{field}: {text.Length} characters are more than {MaxName}.";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string OutOfRange(string field, long value, int least, int most) => $"{field}: {value} is not between {least} and {most}.";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string NoSuchGpu(uint mask) => $"GpuMask: 0x{mask:x} names a GPU above {NodeTable.MaxGpus - 1}.";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Unknown(string field, byte value) => $"{field}: there is no {value}.";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string SharedByMany(in Shape shape)
        => $"GpuMilli: {shape.GpuMilli} with GpuCount {shape.GpuCount}; only a single GPU can be shared.";
}
