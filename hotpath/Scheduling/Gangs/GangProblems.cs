using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Says what is wrong with a gang, by the name of the field; null when nothing is.</summary>
internal static class GangProblems
{
    private const int MaxRoleName = 253;

    public static string? Of(GangSpec gang)
    {
        if (gang.Id == 0)
            return "Gang: 0 is no id.";
        if (gang.Name.Length > Demand.MaxName)
            return Demand.TooLong("Name", gang.Name);
        if (gang.Roles.Length is 0 or > GangSpec.MaxRoles)
            return $"Roles: {gang.Roles.Length} are not between 1 and {GangSpec.MaxRoles}.";
        if (Demand.Problem(gang.Traits) is { } traits)
            return traits;
        if (gang.Topology > TopologyMode.Hard)
            return $"Topology: there is no mode {(byte)gang.Topology}.";
        if (gang.HighestTier is < 0 or > TopologyTree.MaxTier)
            return $"HighestTier: {gang.HighestTier} is not between 0 and {TopologyTree.MaxTier}.";
        foreach (var role in gang.Roles)
        {
            if (OfRole(role) is { } problem)
                return $"Roles[{role.Name}].{problem}";
        }
        if (OfApart(gang.Roles) is { } apart)
            return apart;
        var members = gang.Members;
        if (members > GangSpec.MaxMembers)
            return $"Roles: {members} members are more than {GangSpec.MaxMembers}.";
        if (gang.MinMembers < 0 || gang.MinMembers > members)
            return $"MinMembers: {gang.MinMembers} is not between 0 and the {members} members.";
        return Twice(gang.Roles) is { } twice ? $"Roles: workload {twice} is named twice." : null;
    }

    /// <summary>How a gang is asked for contradicts itself.</summary>
    public static string? Of(PlaceGangCommand command)
    {
        if (command.RoleSelections.Length > 0 && command.RoleSelections.Length != command.Gang.Roles.Length)
            return $"RoleSelections: {command.RoleSelections.Length} are not one of each of the {command.Gang.Roles.Length} roles.";
        if (command.RoleSelections.Length > 0 && command.Selection is not null)
            return "Selection: RoleSelections say which nodes will do.";
        foreach (var selection in command.Selections)
        {
            if (Demand.SelectionProblem(selection, command.Candidates is not null) is { } problem)
                return problem;
        }
        if (command.Candidates is not { } candidates)
            return null;
        if ((uint)candidates.Role >= (uint)command.Gang.Roles.Length)
            return $"Candidates: there is no role {candidates.Role}.";
        return Demand.CandidatesProblem(candidates.Nodes, command.Wait);
    }

    private static string? OfRole(GangRole role)
    {
        if (role.Name.Length is 0 or > MaxRoleName)
            return $"Name: {role.Name.Length} characters are not between 1 and {MaxRoleName}.";
        if (Demand.Problem(role.Shape) is { } shape)
            return shape;
        if (role.Members.Length is 0 or > GangSpec.MaxMembers)
            return $"Members: {role.Members.Length} are not between 1 and {GangSpec.MaxMembers}.";
        if (role.Members.Contains(0UL))
            return "Members: 0 is no id.";
        if (role.SubgroupSize < 0 || role.SubgroupSize > role.Members.Length || (role.SubgroupSize > 0 && role.Members.Length % role.SubgroupSize != 0))
            return $"SubgroupSize: {role.SubgroupSize} does not divide the {role.Members.Length} members.";
        if (role.SubgroupTier is < 0 or > TopologyTree.MaxTier)
            return $"SubgroupTier: {role.SubgroupTier} is not between 0 and {TopologyTree.MaxTier}.";
        return null;
    }

    private static string? OfApart(ImmutableArray<GangRole> roles)
    {
        for (var role = 0; role < roles.Length; role++)
        {
            for (var rest = roles[role].Apart; rest != 0; rest &= rest - 1)
            {
                var other = BitOperations.TrailingZeroCount(rest);
                if (other >= roles.Length)
                    return $"Roles[{roles[role].Name}].Apart: there is no role {other}.";
                if ((roles[other].Apart >> role & 1) == 0)
                    return $"Roles[{roles[role].Name}].Apart: role {other} does not say the same of role {role}.";
            }
        }
        return null;
    }

    private static ulong? Twice(ImmutableArray<GangRole> roles)
    {
        var seen = new HashSet<ulong>();
        foreach (var role in roles)
        {
            foreach (var member in role.Members)
            {
                if (!seen.Add(member))
                    return member;
            }
        }
        return null;
    }
}
