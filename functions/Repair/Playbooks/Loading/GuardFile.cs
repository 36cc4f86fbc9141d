using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Repair.Playbooks.Loading;

/// <summary><c>guard.yaml</c>: limits over all repairs.</summary>
internal static class GuardFile
{
    public static void Read(Fields fields, RepairPolicy policy)
    {
        policy.MaxRepairingPercent = fields.Number("maxRepairingPercent", 1, 100);
        policy.MaxAttempts = fields.Number("maxAttempts", 1, 100);
        fields.End();
    }
}
