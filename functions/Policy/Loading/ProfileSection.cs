using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary><c>machineProfiles</c>: named shapes, so that users pick a profile and not numbers.</summary>
internal static class ProfileSection
{
    private const int MaxGpus = 16;

    // A million cores or a pebibyte in one node is a wrong unit.
    private const long MaxAmount = 1_000_000_000;

    public static void Read(Fields root, SchedulingPolicy policy)
    {
        var profiles = new SortedDictionary<string, MachineProfile>(StringComparer.Ordinal);
        foreach (var (name, fields) in root.Named("machineProfiles", required: false))
        {
            Names.Check(fields, name);
            profiles[name] = ReadProfile(fields, name);
        }

        policy.Profiles.AddRange(profiles.Values);
    }

    private static MachineProfile ReadProfile(Fields fields, string name)
    {
        var gpus = fields.Amount("gpus", Thousandths.Gpus, 0, MaxGpus * Thousandths.One);
        var isShare = gpus % Thousandths.One != 0;
        if (isShare && gpus > Thousandths.One)
            fields.Error("gpus", "above 1 it must be a whole number: only a single GPU can be shared");
        var profile = new MachineProfile
        {
            Name = name,
            GpuCount = isShare ? 1 : (int)(gpus / Thousandths.One),
            GpuMilli = (int)(isShare ? gpus % Thousandths.One : Thousandths.One),
            CpuMilli = fields.Amount("cpu", Thousandths.Cores, 0, MaxAmount),
            MemoryMib = fields.Amount("memory", MemorySizes.Notation, 0, MaxAmount),
            Group = fields.Text("group", required: false) ?? "",
        };
        if (profile.Group.Length > 0)
            Names.Check(fields, profile.Group);
        fields.End();
        return profile;
    }
}
