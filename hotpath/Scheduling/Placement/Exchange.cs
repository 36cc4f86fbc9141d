namespace Pipeline.Scheduling.Placement;

/// <summary>What CPU and memory are worth in GPUs: how much GPU an amount serves at the mix's usual ratios.</summary>
internal readonly struct Exchange
{
    private const int Unlimited = int.MaxValue;
    private const int Shift = 20;

    // Milli-GPU per thousandth of a core and per MiB, times 2^20; 0 while the ratio is not known.
    private readonly long _perCpu;
    private readonly long _perMemory;

    /// <param name="cpuStep">Thousandths of a core per GPU, as a <see cref="UsualRatio"/> step.</param>
    /// <param name="memoryStep">MiB per GPU, likewise.</param>
    public Exchange(int cpuStep, int memoryStep) => (_perCpu, _perMemory) = (RateOf(cpuStep), RateOf(memoryStep));

    /// <summary>Milli-GPU that these suffice for: what runs out first decides.</summary>
    public int Served(int cpu, int memory) => Math.Min(Worth(cpu, _perCpu, Unlimited), Worth(memory, _perMemory, Unlimited));

    /// <summary>Milli-GPU whose usual CPU or memory a workload takes: what it takes more of decides.</summary>
    public int Taken(int cpu, int memory) => Math.Max(Worth(cpu, _perCpu, 0), Worth(memory, _perMemory, 0));

    // Amounts are at most 10^9 (Demand.MaxAmount) and rates at most 1000 * 2^20, so the product fits.
    private static int Worth(int amount, long rate, int unknown)
        => rate == 0 ? unknown : (int)Math.Min((amount * rate) >> Shift, Unlimited);

    private static long RateOf(int step)
        => step == UsualRatio.None ? 0 : ((long)Model.NodeTable.WholeGpu << Shift) / UsualRatio.ValueOf(step);
}
