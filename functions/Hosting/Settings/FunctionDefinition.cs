using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Hosting.Triggers;

namespace Pipeline.Functions.Hosting.Settings;

/// <summary>One function as its <c>function.json</c> describes it.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Disabled">It must have a handler all the same, but is not run.</param>
public sealed record FunctionDefinition(string Name, Trigger Trigger, bool Disabled)
{
    public const string FileName = "function.json";

    /// <summary>Reads one file; null after problems went to <paramref name="errors"/>.</summary>
    public static FunctionDefinition? Read(string path, List<string> errors)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(path))!;
        if (JsonFields.OfFile(path, $"{name}/{FileName}", errors) is not { } function)
            return null;
        var before = errors.Count;
        var disabled = function.Flag("disabled", false);
        var triggers = function.Objects("bindings").Select(ReadTrigger).OfType<Trigger>().ToList();
        if (errors.Count > before)
            return null;
        if (triggers.Count == 1)
            return new FunctionDefinition(name, triggers[0], disabled);
        function.Wrong("bindings", $"must hold exactly one trigger, but hold {triggers.Count}");
        return null;
    }

    private static Trigger? ReadTrigger(JsonFields binding)
    {
        switch (binding.Text("type"))
        {
            case "queueTrigger":
                var queue = binding.Text("queueName");
                if (queue.Length > 0 && QueueNames.Problem(queue) is { } problem)
                    binding.Wrong("queueName", problem);
                return new Trigger.Queue(queue);
            case "timerTrigger":
                var text = binding.Text("schedule");
                Schedule? schedule = null;
                if (text.Length > 0 && !Schedule.TryParse(text, out schedule, out var why))
                    binding.Wrong("schedule", why);
                return new Trigger.Timer(
                    schedule!,
                    binding.Flag("runOnStartup", false),
                    binding.Flag("useMonitor", schedule?.IsRare ?? false));
            case "httpTrigger":
                return new Trigger.Http();
            case var other when other.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase):
                binding.Wrong("type", $"is '{other}', but the embedded host knows only queueTrigger, timerTrigger and httpTrigger");
                return null;
            default:
                return null;
        }
    }
}

/// <summary>What starts a function.</summary>
public abstract record Trigger
{
    public sealed record Queue(string Name) : Trigger;

    /// <param name="Monitored">The last run is remembered, so that an occurrence missed while the host was down is made up for.</param>
    public sealed record Timer(Schedule Schedule, bool RunOnStartup, bool Monitored) : Trigger;

    /// <summary>Served by the web server, not by the trigger host.</summary>
    public sealed record Http : Trigger;
}
