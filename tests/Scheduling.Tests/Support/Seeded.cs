using FsCheck;
using FsCheck.Fluent;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>Properties of whatever a seed gives; a failure names the seed.</summary>
internal static class Seeded
{
    public static Gen<int> Seeds { get; } = Gen.Choose(0, int.MaxValue - 1);

    public static void ForAll(Action<Random> property, int tests = 200)
        => Prop.ForAll(Seeds.ToArbitrary(), seed => property(new Random(seed))).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(tests)));
}
