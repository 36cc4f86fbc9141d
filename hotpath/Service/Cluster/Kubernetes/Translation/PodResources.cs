using System.Globalization;
using System.Numerics;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>What a pod takes of its node, as the kubelet counts it.</summary>
/// <param name="GpuCount">GPUs.</param>
/// <param name="GpuMilli">Milli-GPU on each.</param>
internal readonly record struct PodResources(int GpuCount, int GpuMilli, long CpuMilli, long MemoryMib)
{
    private const int WholeGpu = 1000;

    // A GPU has seven compute slices, whatever the memory of each (NVIDIA MIG user guide, "Supported MIG profiles").
    private const int SlicesPerGpu = 7;

    // An absurd amount must not become a small one: two of these can be added.
    private const long Most = long.MaxValue >> 1;

    public static PodResources Of(Pod pod, PodLabels labels)
    {
        var gpus = Request(pod, PipelineNames.GpuResource, static quantity => quantity.Units);
        var slices = SlicesOf(pod);
        var cpu = Request(pod, "cpu", static quantity => quantity.Milli);
        var memory = Request(pod, "memory", static quantity => quantity.Units);
        var milli = labels.Number(PipelineNames.GpuMilli, labels.Annotations, 1, WholeGpu) ?? WholeGpu;
        var (count, share) = (gpus, slices, milli) switch
        {
            (0, 0, WholeGpu) => (0L, WholeGpu),
            ( <= 1, 0, < WholeGpu) => (1L, milli),
            // Several slices may be on one GPU or on many; counted on one as long as they fit there.
            (0, <= SlicesPerGpu, _) => (1L, slices * WholeGpu / SlicesPerGpu),
            _ => (gpus + (slices + SlicesPerGpu - 1) / SlicesPerGpu, WholeGpu),
        };
        if (milli < WholeGpu && gpus > 1)
            labels.Refuse(PipelineNames.GpuMilli, "is for a pod that asks for one GPU or none");
        return new PodResources((int)Math.Min(count, int.MaxValue), share, cpu, (memory + (1L << 20) - 1) >> 20);
    }

    /// <summary>
    /// Containers run together, beside the init containers that keep running; the other init containers run before them, one at a time
    /// beside those that were started before it (KEP-753, "Resources calculation for scheduling and pod admission"). What the pod asks for as
    /// a whole goes before all that. A container that is being resized counts with the more of what it has and what it asks for, and one whose
    /// node can never give what it asks for with what it has (KEP-1287, "Scheduler and API Server Interaction").
    /// </summary>
    public static long Request(Pod pod, string resource, Func<Quantity, long> unit)
    {
        long staying = 0, peak = 0;
        var infeasible = pod.Status.Conditions.Any(static condition => condition is { Type: "PodResizePending", Reason: "Infeasible" });
        foreach (var container in pod.Spec.InitContainers)
        {
            var own = container.RestartPolicy == "Always" ? OfRunning(container, pod.Status.InitContainerStatuses) : Of(container.Resources.Requests);
            if (container.RestartPolicy == "Always")
                staying = Sum(staying, own);
            peak = Math.Max(peak, container.RestartPolicy == "Always" ? staying : Sum(staying, own));
        }

        var running = pod.Spec.Containers.Aggregate(staying, (sum, container) => Sum(sum, OfRunning(container, pod.Status.ContainerStatuses)));
        var asked = pod.Spec.Resources.Requests.ContainsKey(resource) ? Of(pod.Spec.Resources.Requests) : Math.Max(running, peak);
        return Sum(asked, Of(pod.Spec.Overhead));

        long OfRunning(Container container, IReadOnlyList<ContainerStatus> statuses)
        {
            var wanted = Of(container.Resources.Requests);
            foreach (var status in statuses)
            {
                if (status.Name != container.Name)
                    continue;
                var held = Math.Max(Of(status.Resources.Requests), Of(status.AllocatedResources));
                return infeasible && held > 0 ? held : Math.Max(wanted, held);
            }

            return wanted;
        }

        long Of(IReadOnlyDictionary<string, Quantity> amounts) => amounts.TryGetValue(resource, out var quantity) ? Math.Clamp(unit(quantity), 0, Most) : 0;

        static long Sum(long one, long other) => Math.Min(one + other, Most);
    }

    /// <summary>What the pod asks for beside CPU and memory, and how much of each: GPUs and their slices, other devices, huge pages, ephemeral storage. In the order of their names.</summary>
    public static IReadOnlyList<KeyValuePair<string, long>> AmountsOf(Pod pod)
    {
        // Every pod that comes or goes is asked, most for one resource in one container.
        var amounts = new List<KeyValuePair<string, long>>(1);
        Add(pod.Spec.Resources);
        foreach (var container in pod.Spec.Containers)
            Add(container.Resources);
        foreach (var container in pod.Spec.InitContainers)
            Add(container.Resources);
        if (amounts.Count > 1)
            amounts.Sort(static (one, other) => string.CompareOrdinal(one.Key, other.Key));
        return amounts;

        void Add(ResourceRequirements asked)
        {
            foreach (var (resource, quantity) in asked.Requests)
            {
                if (resource is not ("cpu" or "memory") && quantity.Units > 0 && !Has(resource))
                    amounts.Add(KeyValuePair.Create(resource, Request(pod, resource, static each => each.Units)));
            }
        }

        bool Has(string resource)
        {
            foreach (var (known, _) in amounts)
            {
                if (known == resource)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Compute slices of a MIG resource: 3 for <c>nvidia.com/mig-3g.20gb</c>; 0 when it is none.</summary>
    public static int SlicesOf(string resource)
    {
        if (!resource.StartsWith(PipelineNames.MigResource, StringComparison.Ordinal))
            return 0;
        var profile = resource.AsSpan(PipelineNames.MigResource.Length);
        var end = profile.IndexOf('g');
        return end > 0 && int.TryParse(profile[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var slices) && slices <= SlicesPerGpu ? slices : 0;
    }

    /// <summary>GPUs whose slices these are.</summary>
    public static int GpusOfSlices(IReadOnlyDictionary<string, Quantity> allocatable)
    {
        var slices = allocatable.Sum(amount => SlicesOf(amount.Key) * Math.Clamp(amount.Value.Units, 0, int.MaxValue));
        return (int)Math.Min((slices + SlicesPerGpu - 1) / SlicesPerGpu, int.MaxValue);
    }

    /// <summary>The GPUs that the pod was given, as it says; 0 when it does not say, or something that cannot be.</summary>
    public uint MaskOf(PodLabels labels)
    {
        if (!labels.Annotations.TryGetValue(PipelineNames.Gpus, out var text))
            return 0;
        var digits = text.StartsWith("0x", StringComparison.Ordinal) ? text.AsSpan(2) : text;
        if (uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) && BitOperations.PopCount(mask) == GpuCount)
            return mask;
        labels.Refuse(PipelineNames.Gpus, $"'{text}' is no hexadecimal mask of {GpuCount} GPUs");
        return 0;
    }

    private static int SlicesOf(Pod pod) => (int)Math.Min(
        int.MaxValue / WholeGpu, AmountsOf(pod).Sum(amount => SlicesOf(amount.Key) * Math.Min(amount.Value, 1_000_000)));
}
