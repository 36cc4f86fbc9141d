using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Journal;

/// <summary>What durability costs.</summary>
internal sealed class JournalSuite : ISuite
{
    public string Name => "journal";

    public string About => "Durable commands through the loop against fdatasync; serving while a checkpoint is written";

    public string Sizes => "ClaimTelling alone and by 64 producers, 10-node model; place+release during a checkpoint of 100,000 nodes and 300,000 workloads";

    public async Task RunAsync(Report report)
    {
        report.Note("Baseline and measured operation take turns in short stretches, so that both meet the same disk. B/op counts all threads.");
        await BareLog.RunAsync(report);
        await DurableCommands.RunAsync(report);
        await CheckpointWhileServing.RunAsync(report);
    }
}
