using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary>Names of closed values on the wire. Renaming a generated enum member must not rename what scripts read.</summary>
internal static class Names
{
    public const string Unknown = "Unknown";
    public const string HealthyNode = "Healthy";

    public static string Of(RunState state) => state switch
    {
        RunState.Observed => "Observed",
        RunState.Held => "Held",
        RunState.Quarantined => "Quarantined",
        RunState.Draining => "Draining",
        RunState.Acting => "Acting",
        RunState.Verifying => "Verifying",
        RunState.Soaking => "Soaking",
        RunState.Healthy => "Healthy",
        RunState.Escalated => "Escalated",
        RunState.NeedsHardware => "NeedsHardware",
        _ => Unknown,
    };

    /// <summary>Null when there is no step.</summary>
    public static string? Of(StepKind step) => step switch
    {
        StepKind.Drain => "drain",
        StepKind.DriverReset => "driverReset",
        StepKind.GpuReset => "gpuReset",
        StepKind.Reboot => "reboot",
        StepKind.PowerCycle => "powerCycle",
        StepKind.HealthCheck => "healthCheck",
        StepKind.Soak => "soak",
        StepKind.Escalate => "escalate",
        _ => null,
    };

    public static string Of(NodeHealth health) => health switch
    {
        NodeHealth.Healthy => HealthyNode,
        NodeHealth.Quarantined => "Quarantined",
        NodeHealth.Cordoned => "Cordoned",
        NodeHealth.Unreachable => "Unreachable",
        _ => Unknown,
    };

    public static string Of(AlertOutcome outcome) => outcome switch
    {
        AlertOutcome.Accepted => "Accepted",
        AlertOutcome.Duplicate => "Duplicate",
        AlertOutcome.Ignored => "Ignored",
        AlertOutcome.UnknownNode => "UnknownNode",
        _ => Unknown,
    };

    public static string Of(AlertStatus status) => status switch
    {
        AlertStatus.Firing => "Firing",
        AlertStatus.Resolved => "Resolved",
        _ => Unknown,
    };

    public static string Of(AlertKind kind) => kind switch
    {
        AlertKind.Fault => "Fault",
        AlertKind.Test => "Test",
        AlertKind.NoData => "NoData",
        AlertKind.DatasourceError => "DatasourceError",
        AlertKind.Unclassified => "Unclassified",
        _ => Unknown,
    };
}
