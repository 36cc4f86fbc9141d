using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Placement;

internal static class Placer
{
    public static Reply Place(ClusterState state, PlaceCommand command, long now) => throw new NotSupportedException();

    public static Reply Confirm(ClusterState state, ConfirmCommand command) => throw new NotSupportedException();

    public static Reply Release(ClusterState state, ReleaseCommand command) => throw new NotSupportedException();

    public static Reply Bind(ClusterState state, BindCommand command) => throw new NotSupportedException();
}
