using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// The victims of a plan. A gang that would be left with too few members goes as a whole, wherever its members are, and costs so once;
/// until then it loses members singly. Nothing of the state changes: who is a victim is a mark that the next plan takes away.
/// </summary>
internal sealed class VictimSet
{
    private readonly List<VictimUnit> _units = [];
    private ClusterState _state = null!;
    private Preemptor _by;
    private int _round;
    private int[] _taken = [];
    private GangTally[] _gangs = [];
    private int[] _disruptions = [];

    /// <summary>Thousandths of a GPU-second, see <see cref="Impact"/>.</summary>
    public long Cost { get; private set; }

    /// <summary>What the cost grows by in a second.</summary>
    public long Growth { get; private set; }

    /// <summary>Another one for every set that was begun.</summary>
    public int Round => _round;

    /// <summary>Units taken, those that were dropped again too.</summary>
    public int Count => _units.Count;

    public VictimUnit this[int unit] => _units[unit];

    /// <summary>Starts an empty set for the state as it is.</summary>
    public void Begin(ClusterState state, in Preemptor by)
    {
        (_state, _by, Cost, Growth) = (state, by, 0, 0);
        _units.Clear();
        if (++_round == 0)
        {
            Array.Clear(_taken);
            Array.Clear(_gangs);
            _round = 1;
        }
        Reserve(ref _taken, state.Workloads.End);
        Reserve(ref _gangs, state.Sets.End);
        Reserve(ref _disruptions, state.Budgets.Count);
        Array.Clear(_disruptions);
    }

    public bool Contains(int slot)
        => _taken[slot] == _round || (GangOf(_state.Workloads[slot]) is >= 0 and var set && _gangs[set].Round == _round && _gangs[set].Broken);

    /// <summary>Adds a workload and whoever must go with it. False, and nothing changed, when one of them may not be evicted.</summary>
    public bool TryAdd(int slot)
    {
        if (Contains(slot))
            return true;
        var set = GangOf(_state.Workloads[slot]);
        return set >= 0 && Judge(set).Spare <= 0 ? TryBreak(slot, set) : TryTake(slot, set);
    }

    /// <summary>What adding the workload to the set would cost at least, whatever else is added before; -1 when it may not be evicted.</summary>
    /// <param name="alone">No other candidate could break its gang.</param>
    public long Least(int slot, bool alone)
    {
        ref readonly var row = ref _state.Workloads[slot];
        var set = GangOf(row);
        if (set >= 0 && Judge(set) is { Spare: <= 0 } gang)
            return !gang.Evictable ? -1 : alone ? gang.Cost - gang.TakenCost : 0;
        return IsEvictable(row, set) ? CostOf(row) : -1;
    }

    /// <summary>Takes back all but the first units.</summary>
    public void Rollback(int units)
    {
        for (var unit = _units.Count - 1; unit >= units; unit--)
        {
            if (!_units[unit].Dropped)
                Undo(_units[unit]);
        }
        _units.RemoveRange(units, _units.Count - units);
    }

    /// <summary>The unit can go without another: it is not part of a gang that another unit breaks.</summary>
    public bool CanDrop(int unit) => !_units[unit].Dropped && (_units[unit] is { Set: < 0 } or { Breaks: true } || !_gangs[_units[unit].Set].Broken);

    public void Drop(int unit)
    {
        Undo(_units[unit]);
        _units[unit] = _units[unit] with { Dropped = true };
    }

    /// <summary>Takes back the last <see cref="Drop"/>.</summary>
    public void Restore(int unit)
    {
        _units[unit] = _units[unit] with { Dropped = false };
        Enter(_units[unit]);
        CountDisruptions(_units[unit], 1);
    }

    /// <summary>The gang of the workload, or -1.</summary>
    public int GangOf(in WorkloadRow row) => row.Set >= 0 && _state.Sets[row.Set].Kind == SetKind.Gang ? row.Set : -1;

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            Array.Resize(ref array, (int)BitOperations.RoundUpToPowerOf2((uint)length));
    }

    private bool TryTake(int slot, int set)
    {
        ref readonly var row = ref _state.Workloads[slot];
        return IsEvictable(row, set) && TryEnter(new VictimUnit(slot, set, false, CostOf(row), Impact.Growth(row)));
    }

    private bool IsEvictable(in WorkloadRow row, int set)
        => (set < 0 || set != _by.OwnSet) && _by.MayEvict(row, _state.Tenancy.Policy.Preemption);

    private bool TryBreak(int slot, int set)
    {
        ref var gang = ref _gangs[set];
        return gang.Evictable && TryEnter(new VictimUnit(slot, set, true, gang.Cost - gang.TakenCost, gang.Growth - gang.TakenGrowth));
    }

    private bool TryEnter(in VictimUnit unit)
    {
        CountDisruptions(unit, 1);
        if (!WithinBudgets(unit))
        {
            CountDisruptions(unit, -1);
            return false;
        }
        _units.Add(unit);
        Enter(unit);
        return true;
    }

    private void Enter(in VictimUnit unit) => Shift(unit, 1);

    private void Undo(in VictimUnit unit)
    {
        Shift(unit, -1);
        CountDisruptions(unit, -1);
    }

    private void Shift(in VictimUnit unit, int sign)
    {
        Cost += sign * unit.Cost;
        Growth += sign * unit.Growth;
        if (unit.Breaks)
        {
            _gangs[unit.Set].Broken = sign > 0;
            return;
        }
        _taken[unit.Slot] = sign > 0 ? _round : 0;
        if (unit.Set < 0)
            return;
        ref var gang = ref _gangs[unit.Set];
        gang.Spare -= sign;
        gang.TakenCost += sign * unit.Cost;
        gang.TakenGrowth += sign * unit.Growth;
    }

    private bool WithinBudgets(in VictimUnit unit)
    {
        if (_by.Rough || _state.Tenancy.Policy.Preemption.OverrideBudgets)
            return true;
        if (!unit.Breaks)
            return IsWithin(_state.Workloads[unit.Slot].Traits.Budget);
        for (var slot = _gangs[unit.Set].Budgeted ? _state.Sets[unit.Set].First : -1; slot >= 0; slot = _state.Workloads.NextInSet(slot))
        {
            if (_taken[slot] != _round && !IsWithin(_state.Workloads[slot].Traits.Budget))
                return false;
        }
        return true;
    }

    private bool IsWithin(int budget) => budget < 0 || _disruptions[budget] <= _state.Budgets.Left(budget);

    private void CountDisruptions(in VictimUnit unit, int sign)
    {
        if (!unit.Breaks)
        {
            Count(_state.Workloads[unit.Slot].Traits.Budget, sign);
            return;
        }
        // Members that went singly before are counted already.
        for (var slot = _gangs[unit.Set].Budgeted ? _state.Sets[unit.Set].First : -1; slot >= 0; slot = _state.Workloads.NextInSet(slot))
        {
            if (_taken[slot] != _round)
                Count(_state.Workloads[slot].Traits.Budget, sign);
        }

        void Count(int budget, int by)
        {
            if (budget >= 0)
                _disruptions[budget] += by;
        }
    }

    private ref GangTally Judge(int set)
    {
        ref var gang = ref _gangs[set];
        if (gang.Round == _round)
            return ref gang;
        var (row, rules) = (_state.Sets[set], _state.Tenancy.Policy.Preemption);
        gang = new GangTally
        {
            Round = _round,
            // Of a gang that was found running nobody said what it can do without.
            Spare = row.Gang is { } spec ? row.Count - spec.Needed : 0,
            Evictable = set != _by.OwnSet,
            Cost = rules.PerGang * Impact.PerGpuSecond,
        };
        for (var slot = row.First; slot >= 0; slot = _state.Workloads.NextInSet(slot))
        {
            ref readonly var member = ref _state.Workloads[slot];
            gang.Cost += CostOf(member);
            gang.Growth += Impact.Growth(member);
            gang.Evictable &= _by.MayEvict(member, rules);
            gang.Budgeted |= member.Traits.Budget >= 0;
        }
        if (_by is { Rough: true, ForGang: true })
            (gang.Cost, gang.Growth) = (gang.Cost / row.Count, gang.Growth / row.Count);
        return ref gang;
    }

    private long CostOf(in WorkloadRow row) => Impact.Of(row, _state.Tenancy.Policy.Preemption, _by.At);

    private struct GangTally
    {
        public int Round;

        /// <summary>Members that it can still lose singly.</summary>
        public int Spare;

        /// <summary>It may go as a whole.</summary>
        public bool Evictable;
        public bool Budgeted;
        public bool Broken;
        public long Cost;
        public long Growth;
        public long TakenCost;
        public long TakenGrowth;
    }
}

/// <summary>Victims that go together.</summary>
/// <param name="Slot">The workload, or the member whose loss breaks its gang.</param>
/// <param name="Set">Its gang, or -1.</param>
/// <param name="Breaks">The whole gang goes.</param>
/// <param name="Dropped">Turned out not to be needed.</param>
internal readonly record struct VictimUnit(int Slot, int Set, bool Breaks, long Cost, long Growth, bool Dropped = false);
