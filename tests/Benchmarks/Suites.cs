using Pipeline.Benchmarks.Decide;
using Pipeline.Benchmarks.Explain;
using Pipeline.Benchmarks.Extender;
using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Gang;
using Pipeline.Benchmarks.Gangs;
using Pipeline.Benchmarks.Journal;
using Pipeline.Benchmarks.Openb;
using Pipeline.Benchmarks.Preempt;
using Pipeline.Benchmarks.Queue;
using Pipeline.Benchmarks.Recover;
using Pipeline.Benchmarks.Restart;
using Pipeline.Benchmarks.Rpc;
using Pipeline.Benchmarks.Webhook;

namespace Pipeline.Benchmarks;

/// <summary>Every suite there is; a new one is one file and one line here.</summary>
internal static class Suites
{
    public static IReadOnlyList<ISuite> All { get; } =
    [
        new DecideSuite(),
        new GangSuite(),
        new GangsSuite(),
        new QueueSuite(),
        new ExplainSuite(),
        new PreemptSuite(),
        new JournalSuite(),
        new WebhookSuite(),
        new RecoverSuite(),
        new RestartSuite(),
        new RpcSuite(),
        new ExtenderSuite(),
        new OpenbSuite(),
    ];
}
