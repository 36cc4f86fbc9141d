using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// What has been learned from the GPU workloads placed so far: their CPU and memory per GPU, and how much of each machine group was
/// asked for by name. Old demand fades: the sums are halved whenever they hold <see cref="Window"/> GPUs.
/// </summary>
/// <remarks>
/// Only what was placed counts. A request that finds no place is asked again and again, and is not journaled.
/// </remarks>
internal sealed class DemandMix
{
    /// <summary>Milli-GPU of demand; enough that chance moves a ratio by about one percent.</summary>
    public const long Window = 8192L * 1000;

    // At first every doubling of what is known is worth a look; later looks only follow drift.
    private const long Interval = 256;

    // Before it, one request can make a small group look sought.
    private const long Enough = 64;

    private long _placed;
    private long _gpu;
    private long _cpu;
    private long _memory;
    private long[] _named = [];
    private bool[] _sought = [];

    /// <summary>Thousandths of a core per GPU.</summary>
    public int CpuStep { get; private set; } = UsualRatio.None;

    /// <summary>MiB per GPU.</summary>
    public int MemoryStep { get; private set; } = UsualRatio.None;

    /// <summary>Follows from the steps.</summary>
    public Exchange Exchange { get; private set; }

    /// <summary>Grows with every change; equal values mean equal content.</summary>
    public long Version { get; private set; }

    /// <summary>Named demand for the group is about as large, compared with all demand, as the group is, compared with all groups.</summary>
    public bool IsSought(int group) => _sought[group];

    public void AddGroup()
    {
        Array.Resize(ref _named, _named.Length + 1);
        Array.Resize(ref _sought, _sought.Length + 1);
        Version++;
    }

    /// <summary>The index becomes another group's, for which nothing has been asked yet.</summary>
    public void ForgetGroup(int group)
    {
        (_named[group], _sought[group]) = (0, false);
        Version++;
    }

    /// <summary>Counts a placed workload that has GPUs. True when what follows from the mix has changed.</summary>
    /// <param name="gpusOf">GPUs that there are, by group.</param>
    public bool Learn(in Shape placed, ReadOnlySpan<int> gpusOf)
    {
        var gpu = placed.Milli;
        _placed++;
        _gpu += gpu;
        _cpu += placed.CpuMilli;
        _memory += placed.MemoryMib;
        Name(placed.Groups, gpu, gpusOf);
        Version++;
        if (_gpu >= Window)
            Fade();
        return ((_placed & (_placed - 1)) == 0 || _placed % Interval == 0) && Conclude(gpusOf);
    }

    public DemandMixImage Copy() => new(_placed, _gpu, _cpu, _memory, CpuStep, MemoryStep, [.. _named], [.. _sought]);

    /// <summary>Takes over a copy that has as many groups.</summary>
    public void Restore(in DemandMixImage image)
    {
        (_placed, _gpu, _cpu, _memory) = (image.Placed, image.Gpu, image.Cpu, image.Memory);
        (CpuStep, MemoryStep) = (image.CpuStep, image.MemoryStep);
        Exchange = new Exchange(CpuStep, MemoryStep);
        image.Named.CopyTo(_named, 0);
        image.Sought.CopyTo(_sought, 0);
        Version++;
    }

    // Demand that will take any of several groups is spread over them by their size.
    private void Name(GroupSet groups, long gpu, ReadOnlySpan<int> gpusOf)
    {
        if (groups.IsAny)
            return;
        if (groups.IsOne)
        {
            _named[groups.First] += gpusOf[groups.First] > 0 ? gpu : 0;
            return;
        }
        long size = 0;
        for (var rest = groups; !rest.IsEmpty; rest = rest.Without(rest.First))
            size += gpusOf[rest.First];
        for (var rest = groups; !rest.IsEmpty && size > 0; rest = rest.Without(rest.First))
            _named[rest.First] += gpu * gpusOf[rest.First] / size;
    }

    private void Fade()
    {
        (_gpu, _cpu, _memory) = (_gpu >> 1, _cpu >> 1, _memory >> 1);
        foreach (ref var named in _named.AsSpan())
            named >>= 1;
    }

    private bool Conclude(ReadOnlySpan<int> gpusOf)
    {
        var changed = ConcludeSought(gpusOf);
        var cpuStep = UsualRatio.Next(CpuStep, _cpu * 1000 / _gpu);
        var memoryStep = UsualRatio.Next(MemoryStep, _memory * 1000 / _gpu);
        if ((cpuStep, memoryStep) == (CpuStep, MemoryStep))
            return changed;
        (CpuStep, MemoryStep) = (cpuStep, memoryStep);
        Exchange = new Exchange(cpuStep, memoryStep);
        return true;
    }

    // Sought from 80 % of a group's fair share of the demand, until it is below 60 %.
    private bool ConcludeSought(ReadOnlySpan<int> gpusOf)
    {
        if (_placed < Enough)
            return false;
        long all = 0;
        foreach (var gpus in gpusOf)
            all += gpus;
        var changed = false;
        for (var group = 0; group < _sought.Length; group++)
        {
            var sought = _named[group] * all * 5 >= _gpu * gpusOf[group] * (_sought[group] ? 3 : 4) && _named[group] > 0;
            changed |= sought != _sought[group];
            _sought[group] = sought;
        }
        return changed;
    }
}

/// <summary>A copy of a <see cref="DemandMix"/>; sums in milli-GPU, thousandths of a core, MiB.</summary>
internal readonly record struct DemandMixImage(
    long Placed, long Gpu, long Cpu, long Memory, int CpuStep, int MemoryStep, long[] Named, bool[] Sought);
