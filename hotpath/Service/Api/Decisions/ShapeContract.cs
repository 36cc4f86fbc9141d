using Pipeline.Contracts;
using Pipeline.Scheduling.Model;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Resources: those of a profile, or the numbers.</summary>
internal static class ShapeContract
{
    /// <exception cref="RequestRefusedException">Both are given, or a name stands for nothing.</exception>
    public static Shape ToEngine(this V1.Shape? shape, PolicyNames names, string field)
    {
        if (shape is null)
            return new Shape(0, NodeTable.WholeGpu, 0, 0, GroupSet.Any);
        if (shape.Profile.Length > 0)
            return OfProfile(shape, names, field);
        return new Shape(shape.GpuCount, MilliOf(shape.GpuMilli), shape.CpuMilli, shape.MemoryMib, GroupsOf(shape, names, field));
    }

    /// <summary>0 stands for a whole GPU, here and in profiles.</summary>
    public static int MilliOf(int milli) => milli == 0 ? NodeTable.WholeGpu : milli;

    private static Shape OfProfile(V1.Shape shape, PolicyNames names, string field)
    {
        if (NumberIn(shape) is { } number)
            throw RequestRefusedException.InvalidArgument($"{field}.{number}", "is given beside a profile, which says it already");
        var profile = names.ProfileOf(shape.Profile, field);
        var groups = shape.Groups.Count == 0 && profile.Group.Length > 0 ? GroupSet.Of(names.GroupOf(profile.Group, field, "profile")) : GroupsOf(shape, names, field);
        return new Shape(profile.GpuCount, profile.GpuMilli, profile.CpuMilli, profile.MemoryMib, groups);
    }

    private static string? NumberIn(V1.Shape shape)
        => shape.GpuCount != 0 ? "gpu_count"
        : shape.GpuMilli != 0 ? "gpu_milli"
        : shape.CpuMilli != 0 ? "cpu_milli"
        : shape.MemoryMib != 0 ? "memory_mib"
        : null;

    private static GroupSet GroupsOf(V1.Shape shape, PolicyNames names, string field)
    {
        if (shape.Groups.Count == 0)
            return GroupSet.Any;
        var groups = GroupSet.None;
        foreach (var name in shape.Groups)
            groups = groups.With(names.GroupOf(name, field, "groups"));
        return groups;
    }
}
