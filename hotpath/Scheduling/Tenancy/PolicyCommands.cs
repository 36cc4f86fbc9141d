using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>Commands about the policy and what it rests on.</summary>
internal static class PolicyCommands
{
    public static Reply Set(ClusterState state, SetSchedulingPolicyCommand command)
    {
        if (PolicyProblems.Of(command.Policy) is { } problem)
            return Reply.Invalid(problem);
        var tenancy = state.Tenancy;
        if (tenancy.Projects.Length + tenancy.NewNamesIn(command.Policy) > TenancyTable.MaxProjects)
            return Reply.Invalid($"projects: with those of earlier policies there would be more than {TenancyTable.MaxProjects} names.");
        if (SameBytes.Of(tenancy.Policy, command.Policy, SchedulingPolicyCodec.Write))
            return Reply.Of(Outcome.Unchanged);
        tenancy.SetPolicy(command.Policy, state.Nodes.Groups);
        state.Pending.Reweigh(command.Policy);
        return Reply.Of(Outcome.Done);
    }

    public static Reply ReportCheckpoint(ClusterState state, ReportCheckpointCommand command, long now)
    {
        if (command.AgeSeconds is < 0 or > WorkloadTraits.MaxSeconds)
            return Reply.Invalid($"AgeSeconds: {command.AgeSeconds} is not between 0 and {WorkloadTraits.MaxSeconds}.");
        if (!state.Workloads.TryFind(command.Workload, out var slot))
            return Reply.Of(Outcome.NotFound);
        state.Workloads.Checkpointed(slot, now - command.AgeSeconds * 1000L);
        state.Nodes.Touched.Mark(state.Workloads[slot].Node);
        if (state.Workloads[slot].Set is >= 0 and var set)
            state.Sets.Touched.Mark(set);
        return Reply.Of(Outcome.Done);
    }

    public static Reply ReportUtilization(ClusterState state, ReportUtilizationCommand command, long now)
    {
        if (command.GpuSeconds is < 0 or > ReportUtilizationCommand.MaxSeconds)
            return Reply.Invalid($"GpuSeconds: {command.GpuSeconds} is not between 0 and {ReportUtilizationCommand.MaxSeconds}.");
        if (command.BusySeconds < 0 || command.BusySeconds > command.GpuSeconds)
            return Reply.Invalid($"BusySeconds: {command.BusySeconds} is not between 0 and the {command.GpuSeconds} measured.");
        if ((uint)command.Project >= (uint)state.Tenancy.Projects.Length)
            return Reply.Of(Outcome.NotFound, $"Project: there is no project {command.Project}.");
        state.Tenancy.Meters.Report(command.Project, command.GpuSeconds, command.BusySeconds, now);
        return Reply.Of(Outcome.Done);
    }
}
