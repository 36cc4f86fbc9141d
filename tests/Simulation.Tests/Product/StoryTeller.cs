using System.Text.Json;
using Pipeline.Contracts.V1;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>Somebody who hears every story to its end; a claim that a dead process left behind makes it wait.</summary>
internal sealed class StoryTeller(SimulatedWorld world)
{
    private const long Lease = 60_000;

    private readonly string _name = $"teller-{world.Schedule.Life}";

    public async Task HandleAsync(string message)
    {
        using var json = JsonDocument.Parse(message);
        var run = json.RootElement.GetProperty("run").GetString()!;
        var claim = await world.Api.ClaimTellingAsync(new ClaimTellingRequest { Run = run, Teller = _name, Lease = Lease });
        if (!claim.Granted)
            return;
        await world.Api.RecordTellingAsync(
            new RecordTellingRequest { Run = run, Teller = _name, Sender = "log", Reference = "", Told = claim.Run.Timeline.Count, Release = true });
    }
}
