using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Scheduling.Tenancy;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>The engine's own rules for one entry, so that a bad one is found before the policy would be refused as a whole for it.</summary>
internal static class EngineRules
{
    /// <param name="alone">A policy with nothing but the entry.</param>
    /// <param name="path">What the engine calls it.</param>
    public static Reading<T> Check<T>(T entry, V1.SchedulingPolicy alone, string path)
        where T : class
    {
        var problem = PolicyProblems.Of(alone.ToEngine());
        return problem is null ? Reading<T>.Of(entry) : new Reading<T>(null, problem.Replace($"{path}.", "spec.", StringComparison.Ordinal));
    }
}
