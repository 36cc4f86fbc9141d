using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <content>The nodes that will do, and what happens on each of them when.</content>
internal sealed partial class StartSearch
{
    private bool WillDo(int node)
    {
        var nodes = _state.Nodes;
        if (!nodes.Exists(node) || nodes.HealthOf(node) != NodeHealth.Healthy || !AnyRoleAccepts(node))
            return false;
        foreach (ref readonly var block in _state.Blocks.Of(node))
        {
            if (!block.IsReservation && !block.IsHoldOf(_demand.Job))
                return false;
        }
        return true;
    }

    private bool AnyRoleAccepts(int node)
    {
        foreach (var role in _demand.Roles)
        {
            if (Accepts(role, node))
                return true;
        }
        return false;
    }

    private void Forecast(int node)
    {
        var nodes = _state.Nodes;
        var (forecast, endless) = (_nodes.Count, 0L);
        _nodes.Add(new NodeForecast(nodes, node));
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = _state.Workloads.NextOnNode(slot))
        {
            var end = RunTime.EndOf(_state.Workloads[slot], _now);
            if (end == RunTime.Unknown)
                endless += _state.Workloads[slot].Milli + 1;
            else
                _events.Add(new StartEvent(end, StartEventKind.End, forecast, slot));
        }
        if (endless > 0)
            _endless.Add((endless, forecast));
        AddTimes(node, forecast);
    }

    /// <summary>The times in which the job may not start there: it would run into the block of others, or in it, unless it has its own then.</summary>
    private void AddTimes(int node, int forecast)
    {
        var (duration, own) = (RunTime.DurationOf(_demand.Traits), default(Block));
        foreach (ref readonly var block in _state.Blocks.Of(node))
            own = IsOwn(block) ? block : own;
        foreach (ref readonly var block in _state.Blocks.Of(node))
        {
            var close = duration == 0 ? long.MinValue : block.Start - duration + 1;
            if (!block.IsReservation)
                continue;
            if (own.End == 0)
            {
                AddTime(forecast, close, block.End);
                continue;
            }
            AddTime(forecast, close, Math.Min(own.Start, block.End));
            if (!IsOwn(block))
                AddTime(forecast, Math.Max(own.End, close), block.End);
        }
    }

    private bool IsOwn(in Block block)
        => block.IsReservation && block.Owner == _demand.Traits.Reservation && block.Project == _demand.Traits.Project;

    private void AddTime(int forecast, long close, long open)
    {
        if (open <= _now || open <= close)
            return;
        if (close <= _now)
            _nodes[forecast].Closed++;
        else
            _events.Add(new StartEvent(close, StartEventKind.Close, forecast, -1));
        _events.Add(new StartEvent(open, StartEventKind.Open, forecast, -1));
    }

    private bool Accepts(in RoleDemand role, int node)
    {
        var group = _state.Nodes.GroupIndexOf(node);
        return role.Nodes?.Contains(node) != false && role.Within >= 0 && Tree.Contains(role.Within, _state.Nodes.DomainOf(node))
            && (_group == AnyGroup || role.Shape.GpuCount == 0 && _demand.SeveralRoles ? role.Shape.Groups.Contains(group) : group == _group);
    }
}
