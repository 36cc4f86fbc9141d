using FsCheck;
using FsCheck.Fluent;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>Random steps: the same seed gives the same ones, and a shorter history the first of them.</summary>
internal abstract record History(int Seed, int Length)
{
    /// <summary>A failing history shrinks to its shortest failing start.</summary>
    protected static Arbitrary<T> Any<T>(int longest, Func<int, int, T> of)
        where T : History
        => Arb.From(
            from seed in Seeded.Seeds
            from length in Gen.Choose(1, longest)
            select of(seed, length),
            history => new[] { history.Length / 2, history.Length - 10, history.Length - 1 }
                .Where(l => l > 0 && l < history.Length).Select(l => of(history.Seed, l)));
}
