using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Playbooks;

/// <summary>Everything that one folder of playbooks says.</summary>
/// <param name="Policy">For the engine: what to do about which fault class.</param>
/// <param name="Taxonomy">For the webhook: which fault class an alert is.</param>
public sealed record PlaybookSet(RepairPolicy Policy, Taxonomy Taxonomy);
