using System.Collections.Immutable;

namespace Pipeline.Scheduling.Model;

/// <summary>The machine group names, by index. Immutable: another object whenever an index means another name, or one that is gone.</summary>
public sealed class MachineGroups
{
    internal static readonly MachineGroups None = new([], []);

    // Unix milliseconds; 0: the group is there.
    private readonly ImmutableArray<long> _goneAt;

    internal MachineGroups(ImmutableArray<string> names, ImmutableArray<long> goneAt) => (Names, _goneAt) = (names, goneAt);

    /// <summary>With those of groups that are gone.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Nobody new can ask for a group that is gone.</summary>
    /// <returns>-1: there is no such group.</returns>
    public int IndexOf(string name) => Names.IndexOf(name) is >= 0 and var group && !IsGone(group) ? group : -1;

    /// <summary>Nobody used it when it was last looked for one: its index is another's soon, unless a node comes that is of it.</summary>
    internal bool IsGone(int group) => _goneAt[group] != 0;

    internal long GoneAt(int group) => _goneAt[group];

    internal MachineGroups With(int group, string name) => group == Names.Length
        ? new(Names.Add(name), _goneAt.Add(0))
        : new(Names.SetItem(group, name), _goneAt.SetItem(group, 0));

    internal MachineGroups WithGone(int group, long at) => new(Names, _goneAt.SetItem(group, at));
}
