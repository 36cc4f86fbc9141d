namespace Pipeline.Hotpath.Cluster.Simulated.Hardware;

/// <summary>Temperatures of GPUs, in degrees Celsius. Each follows from the parts and the time, so nothing has to tick.</summary>
internal static class Thermals
{
    public const double Limit = 85;
    private const double Idle = 38;
    private const double Loaded = 64;
    private const double TooHot = 96;

    /// <summary>Degrees that an idle GPU loses in a second of cluster life.</summary>
    private const double CoolingRate = 0.5;

    public static double Of(NodeHardware hardware, int gpu, bool loaded, DateTimeOffset now, double speed)
    {
        if (hardware.FanFailed)
            return TooHot;
        ref readonly var part = ref hardware.Gpus[gpu];
        if (!part.Has(GpuDefects.Overheated))
            return loaded ? Loaded : Idle;
        if (part.IdleSince is not { } since)
            return TooHot;
        return Math.Max(Idle, TooHot - CoolingRate * Math.Max(0, (now - since).TotalSeconds) * speed);
    }

    /// <summary>Tells the GPUs which of them have work from now on: heat stays under load, goes without it.</summary>
    public static void Load(NodeHardware hardware, uint busyMask, DateTimeOffset now, double speed)
    {
        for (var gpu = 0; gpu < NodeHardware.GpuCount; gpu++)
        {
            ref var part = ref hardware.Gpus[gpu];
            if (!part.Has(GpuDefects.Overheated))
                continue;
            var busy = (busyMask >> gpu & 1) != 0;
            if (!busy)
            {
                part.IdleSince ??= now;
                continue;
            }

            if (part.IdleSince is not null && Of(hardware, gpu, loaded: false, now, speed) < Limit)
                part.Defects &= ~GpuDefects.Overheated;
            part.IdleSince = null;
        }
    }
}
