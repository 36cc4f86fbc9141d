using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// The journal's form of a command: tag, time of the step (Unix milliseconds), fields. Reading uses the objects of the most frequent
/// kinds again, which keeps a replay of millions free of garbage.
/// </summary>
/// <param name="alive">Commands that are in use at a time: a command is valid until so many more are read, or <see cref="Rewind"/>.</param>
public sealed class CommandCodec(int alive = 1)
{
    private readonly Reused<PlaceCommand> _places = new(alive);
    private readonly Reused<ConfirmCommand> _confirms = new(alive);
    private readonly Reused<ReleaseCommand> _releases = new(alive);
    private readonly Reused<BindCommand> _binds = new(alive);

    /// <summary>What was read is not used any more. Its objects are the next to be used again, while they are still in the cache.</summary>
    public void Rewind()
    {
        _places.Rewind();
        _confirms.Rewind();
        _releases.Rewind();
        _binds.Rewind();
    }

    public static void Write(ref CommandWriter writer, Command command, long now)
    {
        writer.Byte((byte)command.Kind);
        writer.Int64(now);
        command.Write(ref writer);
    }

    /// <exception cref="InvalidDataException">The bytes are no command.</exception>
    public Command Read(ReadOnlySpan<byte> bytes, out long now)
    {
        var reader = new CommandReader(bytes);
        var kind = (CommandKind)reader.Byte();
        now = reader.Int64();
        var command = ReadFields(kind, ref reader);
        return reader.AtEnd ? command : throw new InvalidDataException($"A journaled {kind} command has bytes left over.");
    }

    private Command ReadFields(CommandKind kind, ref CommandReader reader)
    {
        switch (kind)
        {
            case CommandKind.Place: { var c = _places.Next(); PlaceForm.Read(ref reader, c); return c; }
            case PlaceForm.Former: { var c = _places.Next(); PlaceForm.ReadFormer(ref reader, c); return c; }
            case CommandKind.Confirm: { var c = _confirms.Next(); c.Read(ref reader); return c; }
            case CommandKind.Release: { var c = _releases.Next(); c.Read(ref reader); return c; }
            case CommandKind.Bind: { var c = _binds.Next(); c.Read(ref reader); return c; }
            case CommandKind.UpsertNode: { var c = new UpsertNodeCommand(); c.Read(ref reader); return c; }
            case CommandKind.RemoveNode: { var c = new RemoveNodeCommand(); c.Read(ref reader); return c; }
            case CommandKind.PlaceGang: return PlaceGangCommand.Read(ref reader);
            case CommandKind.ReleaseGang: return ReleaseGangCommand.Read(ref reader);
            case CommandKind.Schedule: return ScheduleCommand.Read(ref reader);
            case CommandKind.SetTopology: return SetTopologyCommand.Read(ref reader);
            case CommandKind.SetBudget: return SetBudgetCommand.Read(ref reader);
            case CommandKind.RemoveBudget: return RemoveBudgetCommand.Read(ref reader);
            case CommandKind.Reserve: return ReserveCommand.Read(ref reader);
            case CommandKind.CancelReservation: return CancelReservationCommand.Read(ref reader);
            case CommandKind.SetSchedulingPolicy: return SetSchedulingPolicyCommand.Read(ref reader);
            case CommandKind.ReportCheckpoint: return ReportCheckpointCommand.Read(ref reader);
            case CommandKind.ReportUtilization: return ReportUtilizationCommand.Read(ref reader);
            case CommandKind.Explain: return ExplainCommand.Read(ref reader);
            case CommandKind.Survey: return SurveyCommand.Read(ref reader);
            case CommandKind.PlanEvictions: return PlanEvictionsCommand.Read(ref reader);
            case CommandKind.SelectNodes: return SelectNodesCommand.Read(ref reader);
            case CommandKind.Locate: return LocateCommand.Read(ref reader);
            case CommandKind.ReportAlerts: { var c = new ReportAlertsCommand(); RepairCodec.Read(ref reader, c); return c; }
            case CommandKind.BeginStep: { var c = new BeginStepCommand(); c.Read(ref reader); return c; }
            case CommandKind.CompleteStep: { var c = new CompleteStepCommand(); c.Read(ref reader); return c; }
            case CommandKind.Sweep: return new SweepCommand();
            case CommandKind.SetPolicy: return new SetPolicyCommand { Policy = RepairCodec.ReadPolicy(ref reader) };
            case CommandKind.ClaimTelling: { var c = new ClaimTellingCommand(); c.Read(ref reader); return c; }
            case CommandKind.RecordTelling: { var c = new RecordTellingCommand(); c.Read(ref reader); return c; }
            case CommandKind.ReturnNode: { var c = new ReturnNodeCommand(); c.Read(ref reader); return c; }
            case CommandKind.ConfirmMark: { var c = new ConfirmMarkCommand(); c.Read(ref reader); return c; }
            case CommandKind.Archived: { var c = new ArchivedCommand(); c.Read(ref reader); return c; }
            case CommandKind.Uncordon: return UncordonCommand.Read(ref reader);
            case CommandKind.AdoptRun: return AdoptRunCommand.Read(ref reader);
            case CommandKind.AdoptMark: return AdoptMarkCommand.Read(ref reader);
            default: throw new InvalidDataException($"A journaled command has the unknown tag {(byte)kind}, which may be a later version's.");
        }
    }

    private sealed class Reused<T>(int count)
        where T : Command, new()
    {
        private readonly T[] _commands = new T[count];
        private int _next;

        public void Rewind() => _next = 0;

        public T Next()
        {
            ref var command = ref _commands[_next];
            _next = _next + 1 == _commands.Length ? 0 : _next + 1;
            return command ??= new T();
        }
    }
}
