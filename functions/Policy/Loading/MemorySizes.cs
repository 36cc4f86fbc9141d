using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>Memory in MiB, written as Kubernetes writes it: a whole number and <c>Mi</c>, <c>Gi</c> or <c>Ti</c>.</summary>
internal static class MemorySizes
{
    private static readonly WholeUnits Units = new("Mi", ("Mi", 1), ("Gi", 1L << 10), ("Ti", 1L << 20));

    public static Notation Notation { get; } = new("an amount of memory such as 512Mi, 64Gi or 2Ti", Units.TryParse, Units.Text);
}
