using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>The words for what a workload is, as its labels write them.</summary>
internal static class Kinds
{
    public static IReadOnlyDictionary<string, Provisioning> Provisionings { get; } = new Dictionary<string, Provisioning>(StringComparer.Ordinal)
    {
        ["reserved"] = Provisioning.Reserved,
        ["on-demand"] = Provisioning.OnDemand,
        ["spot"] = Provisioning.Spot,
    };

    public static IReadOnlyDictionary<string, Category> Categories { get; } = new Dictionary<string, Category>(StringComparer.Ordinal)
    {
        ["training"] = Category.Training,
        ["serving"] = Category.Serving,
        ["data"] = Category.Data,
        ["interactive"] = Category.Interactive,
    };

    public static IReadOnlyDictionary<string, Purpose> Purposes { get; } = new Dictionary<string, Purpose>(StringComparer.Ordinal)
    {
        ["produce"] = Purpose.Produce,
        ["service"] = Purpose.Service,
        ["qa"] = Purpose.Qa,
        ["test"] = Purpose.Test,
    };
}
