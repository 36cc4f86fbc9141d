using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Recover;

/// <summary>How soon the product is back.</summary>
internal sealed class RecoverSuite : ISuite
{
    public string Name => "recover";

    public string About => "Recovery from 1M journaled commands against a scan of them; start, restart after kill -9, idle memory";

    public string Sizes => $"{ReplayCase.Commands} commands on {ReplayCase.Nodes} nodes; the product at its default size";

    public async Task RunAsync(Report report)
    {
        await ReplayCase.RunAsync(report);
        report.Note("The goals of start and memory are absolute, so a loaded machine can miss them; the ratio to an empty .NET program tells more.");
        await StartCase.RunAsync(report);
    }
}
