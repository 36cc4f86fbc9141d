using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Gangs;

/// <summary>The only nodes that will do for the members of a gang, by role.</summary>
internal sealed class GangNodes
{
    private readonly NodeSet?[] _byRole;

    private GangNodes(NodeSet?[] byRole) => _byRole = byRole;

    /// <summary>Null: any will do for every member.</summary>
    public static GangNodes? Of(PlaceGangCommand command) => Of(command.Gang, role
        => command.Candidates is { } candidates ? candidates.Role == role ? candidates.Nodes : null
        : (command.RoleSelections.IsEmpty ? command.Selection : command.RoleSelections[role])?.Nodes);

    /// <inheritdoc cref="Of(PlaceGangCommand)"/>
    public static GangNodes? Of(PendingJob job, GangSpec gang, SelectionTable selections) => Of(gang, role => selections.NodesOf(job, role));

    /// <summary>The only nodes for members of the role; null: any.</summary>
    public NodeSet? NodesOf(int role) => _byRole[role];

    private static GangNodes? Of(GangSpec gang, Func<int, NodeSet?> nodesOf)
    {
        var byRole = new NodeSet?[gang.Roles.Length];
        var any = true;
        for (var role = 0; role < byRole.Length; role++)
        {
            byRole[role] = nodesOf(role);
            any &= byRole[role] is null;
        }
        return any ? null : new GangNodes(byRole);
    }
}
