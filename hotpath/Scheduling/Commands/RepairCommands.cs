using System.Collections.Immutable;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Commands;

/// <summary>The alerts of one notification: all become durable, or none. The reply's detail is <see cref="AlertReplies"/>.</summary>
public sealed class ReportAlertsCommand : Command
{
    public ImmutableArray<AlertSignal> Alerts { get; set; } = [];

    /// <summary><c>grafana</c> or <c>alertmanager</c>.</summary>
    public string Source { get; set; } = "";

    /// <summary>Alerts that the sender left out.</summary>
    public int TruncatedAlerts { get; set; }

    public override CommandKind Kind => CommandKind.ReportAlerts;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer) => RepairCodec.Write(ref writer, this);
}

/// <summary>What became of each alert, by position.</summary>
/// <param name="Runs">Run id, or empty.</param>
public sealed record AlertReplies(ImmutableArray<AlertOutcome> Outcomes, ImmutableArray<string> Runs);

/// <summary>Begins an attempt before its side effect. Done: go. Resumed: find out what happened. Refused: drop it. The detail is a <see cref="BegunStep"/>.</summary>
public sealed class BeginStepCommand : Command
{
    public string Run { get; set; } = "";

    public StepKind Step { get; set; }

    /// <summary>Number of the attempt within the run: the fencing token.</summary>
    public int Attempt { get; set; }

    public string Actor { get; set; } = "";

    public override CommandKind Kind => CommandKind.BeginStep;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Run);
        writer.Byte((byte)Step);
        writer.Int32(Attempt);
        writer.String(Actor);
    }

    internal void Read(ref CommandReader reader)
    {
        Run = reader.String();
        Step = (StepKind)reader.Byte();
        Attempt = reader.Int32();
        Actor = reader.String();
    }
}

/// <param name="BegunAt">Unix milliseconds.</param>
/// <param name="Deadline">Unix milliseconds.</param>
/// <param name="Now">Unix milliseconds.</param>
public sealed record BegunStep(string NodeName, uint GpuMask, long BegunAt, long Deadline, long Now, bool Repeatable, bool OnlyFaultyGpus, string FaultClass);

/// <summary>Ends a begun attempt. Refused when it is stale.</summary>
public sealed class CompleteStepCommand : Command
{
    public string Run { get; set; } = "";

    public StepKind Step { get; set; }

    public int Attempt { get; set; }

    public StepOutcome Outcome { get; set; }

    public string Message { get; set; } = "";

    public string Actor { get; set; } = "";

    public override CommandKind Kind => CommandKind.CompleteStep;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Run);
        writer.Byte((byte)Step);
        writer.Int32(Attempt);
        writer.Byte((byte)Outcome);
        writer.String(Message);
        writer.String(Actor);
    }

    internal void Read(ref CommandReader reader)
    {
        Run = reader.String();
        Step = (StepKind)reader.Byte();
        Attempt = reader.Int32();
        Outcome = (StepOutcome)reader.Byte();
        Message = reader.String();
        Actor = reader.String();
    }
}

/// <summary>Looks at every deadline: attempts, soaks, observation windows, assumptions; repeats effects nobody answered. The detail is a <see cref="SweepCounts"/>.</summary>
public sealed class SweepCommand : Command
{
    public override CommandKind Kind => CommandKind.Sweep;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
    }
}

public sealed record SweepCounts(int TimedOut, int Repeated);

/// <summary>Replaces the repair policy. Unchanged when it is the same.</summary>
public sealed class SetPolicyCommand : Command
{
    public RepairPolicy Policy { get; set; } = RepairPolicy.Empty;

    public override CommandKind Kind => CommandKind.SetPolicy;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer) => RepairCodec.Write(ref writer, Policy);
}

/// <summary>Gives one teller the right to tell a run's story until the lease ends. Refused while somebody else holds it.</summary>
public sealed class ClaimTellingCommand : Command
{
    public string Run { get; set; } = "";

    public string Teller { get; set; } = "";

    /// <summary>Milliseconds.</summary>
    public long Lease { get; set; }

    public override CommandKind Kind => CommandKind.ClaimTelling;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Run);
        writer.String(Teller);
        writer.Int64(Lease);
    }

    internal void Read(ref CommandReader reader)
    {
        Run = reader.String();
        Teller = reader.String();
        Lease = reader.Int64();
    }
}

/// <summary>Persists how far a sender has told the story. Refused when the teller's claim is gone.</summary>
public sealed class RecordTellingCommand : Command
{
    public string Run { get; set; } = "";

    public string Teller { get; set; } = "";

    public string Sender { get; set; } = "";

    public string Reference { get; set; } = "";

    /// <summary>Timeline entries told so far.</summary>
    public int Told { get; set; }

    /// <summary>The claim ends with this record.</summary>
    public bool Release { get; set; }

    public override CommandKind Kind => CommandKind.RecordTelling;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Run);
        writer.String(Teller);
        writer.String(Sender);
        writer.String(Reference);
        writer.Int32(Told);
        writer.Bool(Release);
    }

    internal void Read(ref CommandReader reader)
    {
        Run = reader.String();
        Teller = reader.String();
        Sender = reader.String();
        Reference = reader.String();
        Told = reader.Int32();
        Release = reader.Bool();
    }
}

/// <summary>A person gives a node back after an escalation. NotFound when no ended run holds it.</summary>
public sealed class ReturnNodeCommand : Command
{
    public string Node { get; set; } = "";

    public string Actor { get; set; } = "";

    public override CommandKind Kind => CommandKind.ReturnNode;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Node);
        writer.String(Actor);
    }

    internal void Read(ref CommandReader reader)
    {
        Node = reader.String();
        Actor = reader.String();
    }
}

/// <summary>The cluster carries the run's mark (or, with <see cref="Marked"/> false, no longer does).</summary>
public sealed class ConfirmMarkCommand : Command
{
    public string Node { get; set; } = "";

    public string Run { get; set; } = "";

    /// <summary>State that stands on the node, as the effect gave it.</summary>
    public string State { get; set; } = "";

    public bool Marked { get; set; }

    public override CommandKind Kind => CommandKind.ConfirmMark;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Node);
        writer.String(Run);
        writer.String(State);
        writer.Bool(Marked);
    }

    internal void Read(ref CommandReader reader)
    {
        Node = reader.String();
        Run = reader.String();
        State = reader.String();
        Marked = reader.Bool();
    }
}

/// <summary>Ended runs and alert records up to these numbers are in the record store; the engine may forget all but the newest.</summary>
public sealed class ArchivedCommand : Command
{
    /// <summary>Archive ordinal (order of ending) of the last stored run.</summary>
    public long RunsThrough { get; set; }

    /// <summary>Number of the last stored alert record.</summary>
    public long AlertsThrough { get; set; }

    /// <summary>Numbers of the runs that were stored before all had come to them (<see cref="RepairState.Unfinished"/>); they are not forgotten.</summary>
    public ImmutableArray<long> Unfinished { get; set; } = [];

    /// <summary>Numbers of the alert records that were stored before their alerts had a run (<see cref="RepairState.HomelessAlerts"/>); they are not forgotten.</summary>
    public ImmutableArray<long> Homeless { get; set; } = [];

    public override CommandKind Kind => CommandKind.Archived;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.Int64(RunsThrough);
        writer.Int64(AlertsThrough);
        // Journals from before they were known have nothing here.
        if (Unfinished.IsEmpty && Homeless.IsEmpty)
            return;
        Write(ref writer, Unfinished);
        if (!Homeless.IsEmpty)
            Write(ref writer, Homeless);
    }

    internal void Read(ref CommandReader reader)
    {
        RunsThrough = reader.Int64();
        AlertsThrough = reader.Int64();
        Unfinished = reader.AtEnd ? [] : reader.List((ref CommandReader r) => r.Int64(), sizeof(long));
        Homeless = reader.AtEnd ? [] : reader.List((ref CommandReader r) => r.Int64(), sizeof(long));
    }

    private static void Write(ref CommandWriter writer, ImmutableArray<long> numbers)
    {
        writer.Int32(numbers.Length);
        foreach (var number in numbers)
            writer.Int64(number);
    }
}
