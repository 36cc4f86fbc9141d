using MachineProfile = Pipeline.Kubernetes.Models.MachineProfile;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

internal static class ProfileReading
{
    private const long WholeGpu = 1000;
    private const long MaxGpus = 16;

    public static Reading<V1.MachineProfile> Of(MachineProfile profile)
    {
        var spec = profile.Spec;
        if (!Amounts.TryMilli(spec.Gpus, out var gpus) || gpus > MaxGpus * WholeGpu)
            return Reading<V1.MachineProfile>.Wrong("spec.gpus", $"'{spec.Gpus}' is no number of GPUs from 0 to {MaxGpus}");
        var isShare = gpus % WholeGpu != 0;
        if (isShare && gpus > WholeGpu)
            return Reading<V1.MachineProfile>.Wrong("spec.gpus", $"'{spec.Gpus}' is not a whole number: only a single GPU can be shared");
        if (!Amounts.TryMilli(spec.Cpu, out var cpu))
            return Reading<V1.MachineProfile>.Wrong("spec.cpu", $"'{spec.Cpu}' is no number of cores of at most three decimal places");
        if (!Amounts.TryMib(spec.Memory, out var memory))
            return Reading<V1.MachineProfile>.Wrong("spec.memory", $"'{spec.Memory}' is no whole number of Mi, Gi or Ti");
        var entry = new V1.MachineProfile
        {
            Name = profile.Metadata.Name,
            GpuCount = isShare ? 1 : (int)(gpus / WholeGpu),
            GpuMilli = (int)(isShare ? gpus : WholeGpu),
            CpuMilli = cpu,
            MemoryMib = memory,
            Group = spec.Group ?? "",
        };
        return EngineRules.Check(entry, new V1.SchedulingPolicy { Profiles = { entry } }, $"profiles[{entry.Name}]");
    }
}
