using System.Collections.Immutable;

namespace Pipeline.Scheduling.Model;

/// <content>The machine groups. A name keeps its index until nobody uses it and another needs it, see <see cref="GroupForgetting"/>.</content>
public sealed partial class NodeTable
{
    /// <summary>Machine groups, as many as a <see cref="GroupSet"/> can tell apart. A group is a GPU model; a label with a value per node must not become one.</summary>
    public const int MaxGroups = 64;

    /// <summary>In place of a group: there was no index for the node's. It is known, and nothing is placed on it.</summary>
    public const int NoGroup = MaxGroups;

    private readonly Dictionary<string, int> _groupsByName = new(StringComparer.Ordinal);
    private readonly int[] _groupNodes = new int[MaxGroups + 1];
    private int[] _groupGpus = [];

    /// <summary>Machine group names by index.</summary>
    public ImmutableArray<string> Groups => Naming.Names;

    public MachineGroups Naming { get; private set; } = MachineGroups.None;

    /// <summary>Groups that it takes; fewer only in tests.</summary>
    internal int MostGroups { get; set; } = MaxGroups;

    /// <summary>Empty for <see cref="NoGroup"/>.</summary>
    internal string NameOfGroup(int group) => group == NoGroup ? "" : Groups[group];

    /// <summary>One that a node can be in.</summary>
    internal bool KnowsGroup(int group) => group == NoGroup || (uint)group < (uint)Groups.Length;

    internal int NodesOfGroup(int group) => _groupNodes[group];

    /// <summary>Also one that is gone.</summary>
    internal bool TryFindGroup(string name, out int group) => _groupsByName.TryGetValue(name, out group);

    /// <summary>The group, of which there is none, gets the next index.</summary>
    internal int AddGroup(string name)
    {
        var group = Groups.Length;
        Array.Resize(ref _groupGpus, group + 1);
        Mix.AddGroup();
        Name(group, name);
        return group;
    }

    /// <summary>The index of a group that is gone becomes another's.</summary>
    internal void ReplaceGroup(int group, string name)
    {
        _groupsByName.Remove(Groups[group]);
        Mix.ForgetGroup(group);
        Name(group, name);
    }

    /// <param name="at">Unix milliseconds; 0: it is there again.</param>
    internal void SetGroupGone(int group, long at) => Naming = Naming.WithGone(group, at);

    private void Name(int group, string name)
    {
        _groupsByName.Add(name, group);
        Naming = Naming.With(group, name);
    }
}
