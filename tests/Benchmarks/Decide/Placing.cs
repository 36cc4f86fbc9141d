using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Decide;

/// <param name="Bare">By bare bitmaps.</param>
/// <param name="Plain">By the placement rule alone.</param>
/// <param name="Policies">With every policy in force.</param>
/// <param name="Mixed">By the placement rule, workloads of many shapes.</param>
internal sealed record Placing(Measurement Bare, Measurement Plain, Measurement Policies, Measurement Mixed);
