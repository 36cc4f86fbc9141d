using Pipeline.Contracts;
using Pipeline.Scheduling.Tenancy;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>What a workload or gang is, beside its resources.</summary>
internal static class TraitsContract
{
    /// <exception cref="RequestRefusedException">A name or kind stands for nothing.</exception>
    public static WorkloadTraits ToEngine(this V1.Traits? traits, PolicyNames names)
    {
        if (traits is null)
            return new WorkloadTraits();
        return new WorkloadTraits
        {
            Project = names.ProjectOf(traits.Project, "traits.project"),
            Provisioning = traits.Provisioning.ToEngine("traits.provisioning"),
            Category = traits.Category.ToEngine("traits.category"),
            Purpose = traits.Purpose.ToEngine("traits.purpose"),
            Urgent = traits.Urgent,
            ExpectedSeconds = traits.ExpectedSeconds,
            RestartSeconds = traits.RestartSeconds,
            Budget = names.BudgetOf(traits.Budget, "traits.budget"),
            Service = traits.Service,
            Reservation = traits.Reservation,
        };
    }
}
