namespace Pipeline.Benchmarks.Framework;

/// <summary>Times an operation on the calling thread.</summary>
internal static class Measure
{
    /// <summary>Runs <paramref name="operation"/> in timed batches, all at a stretch; see <see cref="Stretches"/>.</summary>
    public static Measurement Batches(TimeProvider time, int warmups, int batches, int operationsPerBatch, Action<int> operation)
    {
        var stretches = new Stretches(time, operationsPerBatch, operation);
        stretches.WarmUp(warmups);
        stretches.Run(batches);
        return stretches.Result;
    }
}
