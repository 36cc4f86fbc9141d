namespace Pipeline.Benchmarks.Decide;

/// <summary>Requests as various as those of a shared cluster: whole GPUs, shares and none, with little and much CPU, for a group or for any.</summary>
internal static class MixedShapes
{
    private static readonly int[] Shares = [110, 230, 320, 470, 550, 650, 810];

    public readonly record struct Shape(int Group, int Gpus, int Milli, int Cpu, int Memory);

    public static Shape[] Of(int count)
    {
        var random = new Random(4);
        var shapes = new Shape[count];
        foreach (ref var shape in shapes.AsSpan())
            shape = Next(random);
        return shapes;
    }

    private static Shape Next(Random random)
    {
        var group = random.Next(3) == 0 ? -1 : random.Next(Fleet.Groups);
        var perGpu = random.Next(2, 13) * 1000;
        var kind = random.Next(10);
        if (kind == 0)
            return new Shape(group, 0, 1000, random.Next(1, 17) * 1000, random.Next(1, 9) * 8000);
        if (kind < 5)
            return new Shape(group, 1, Shares[random.Next(Shares.Length)], perGpu / 2, 16_000);
        var gpus = kind < 8 ? 1 : kind == 8 ? 2 : 4;
        return new Shape(group, gpus, 1000, gpus * perGpu, gpus * 32_000);
    }
}
