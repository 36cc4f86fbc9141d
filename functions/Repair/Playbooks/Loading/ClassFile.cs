using System.Text.RegularExpressions;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Repair.Playbooks.Loading;

/// <summary>The file of one fault class.</summary>
internal static partial class ClassFile
{
    // The engine takes no more.
    private const int MaxRungs = 64;

    private static readonly Dictionary<string, StepKind> Steps = new(StringComparer.Ordinal)
    {
        ["drain"] = StepKind.Drain,
        ["driverReset"] = StepKind.DriverReset,
        ["gpuReset"] = StepKind.GpuReset,
        ["reboot"] = StepKind.Reboot,
        ["powerCycle"] = StepKind.PowerCycle,
    };

    private static readonly Dictionary<string, bool> OnlyFaultyGpus = new(StringComparer.Ordinal) { ["node"] = false, ["gpu"] = true };

    private static readonly Dictionary<string, bool> Escalates = new(StringComparer.Ordinal) { ["next"] = false, ["escalate"] = true };

    private static readonly Dictionary<string, Ending> Endings = new(StringComparer.Ordinal)
    {
        ["escalated"] = Ending.Escalated,
        ["needsHardware"] = Ending.NeedsHardware,
    };

    public static void Read(Fields fields, Func<StepKind, bool> repeatable, ClassCatalog classes)
    {
        var found = new FaultClass
        {
            Name = fields.Text("class") ?? "",
            Severity = fields.Number("severity", 1, 100),
            Soak = fields.Duration("soak", 0, Durations.Day, 0),
            Ending = fields.Choice("ending", Endings),
        };
        if (found.Name.Length > 0 && !ClassName().IsMatch(found.Name))
            fields.Error("class", "must be lower-case words with dashes, at most 64 letters");

        Observe(fields.Map("observe", required: false), found);
        foreach (var step in fields.Maps("ladder"))
        {
            found.Ladder.Add(Step(step, repeatable));
            if (HitsSparedWork(found.Ladder))
                step.Error("step", "takes down the whole node, of which the drain before it left the other GPUs alone; drain it with `scope: node` first");
        }

        if (found.Ladder.Count > MaxRungs)
            fields.Error("ladder", $"must have 0 to {MaxRungs} rungs");
        found.HealthCheck = HealthCheck(fields.Map("healthCheck", required: found.Ladder.Any(step => step.Step != StepKind.Drain)), repeatable);
        fields.End();
        if (found.Name.Length > 0)
            classes.Add(found, fields);
    }

    private static void Observe(Fields? fields, FaultClass found)
    {
        (found.Repeats, found.Window) = (1, Durations.Hour);
        if (fields is null)
            return;
        found.Repeats = fields.Number("repeats", 0, 100);
        found.Window = fields.Duration("window", Durations.Second, 30 * Durations.Day, found.Repeats > 1 ? null : Durations.Hour);
        fields.End();
    }

    private static LadderStep Step(Fields fields, Func<StepKind, bool> repeatable)
    {
        var kind = fields.Choice("step", Steps);
        var step = new LadderStep
        {
            Step = kind,
            Deadline = Deadline(fields),
            Tries = fields.Number("tries", 1, 10, 1),
            Repeatable = repeatable(kind),
            EscalateOnFailure = fields.Choice("onFailure", Escalates, false),
            OnlyFaultyGpus = fields.Choice("scope", OnlyFaultyGpus, false),
        };
        if (fields.Has("scope") && kind is not (StepKind.Drain or StepKind.Unspecified))
            fields.Error("scope", "only a drain has one");
        fields.End();
        return step;
    }

    /// <summary>The last rung stops every GPU of the node, and the ladder has drained some of them only.</summary>
    private static bool HitsSparedWork(IList<LadderStep> ladder)
        => ladder[^1].Step is StepKind.DriverReset or StepKind.Reboot or StepKind.PowerCycle
            && ladder.Any(step => step.Step == StepKind.Drain)
            && ladder.All(step => step.Step != StepKind.Drain || step.OnlyFaultyGpus);

    private static LadderStep HealthCheck(Fields? fields, Func<StepKind, bool> repeatable)
    {
        // Without a try there is none: a class that only drains ends with a person, whatever a check would say.
        var step = new LadderStep { Step = StepKind.HealthCheck, Repeatable = repeatable(StepKind.HealthCheck) };
        if (fields is null)
            return step;
        step.Deadline = Deadline(fields);
        step.Tries = fields.Number("tries", 1, 10, 1);
        fields.End();
        return step;
    }

    private static long Deadline(Fields fields) => fields.Duration("deadline", Durations.Second, Durations.Day);

    [GeneratedRegex("^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex ClassName();
}
