namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Tests that measure what the whole process does, so nothing may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
