using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Explain;

/// <summary>Explanations are true: whoever makes the change that is named sees the job run.</summary>
public class RemedyPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(300));

    [Fact]
    public void Making_the_change_that_is_named_makes_the_job_run()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = script.Played();
            foreach (var job in cluster.Snapshot().Pending().ToList())
            {
                var before = cluster.Snapshot().ImageHash();
                var explanation = RemedyTrial.Explain(cluster, job);
                Assert.Equal(before, cluster.Snapshot().ImageHash());
                foreach (var remedy in explanation.Remedies)
                    RemedyTrial.Check(cluster, job, remedy);
            }
        }).Check(Thorough);

    /// <summary>Where nobody waits, or nothing is named, nothing is proved.</summary>
    [Fact]
    public void Every_kind_of_change_is_named_in_some_history()
    {
        var named = new HashSet<RemedyCode>();
        for (var seed = 1; seed <= 4_000 && named.Count < Enum.GetValues<RemedyCode>().Length - 1; seed++)
        {
            var cluster = new MixedScript(seed, 250).Played();
            foreach (var job in cluster.Snapshot().Pending().ToList())
                named.UnionWith(RemedyTrial.Explain(cluster, job).Remedies.Select(remedy => remedy.Code));
        }
        Assert.Equal(Enum.GetValues<RemedyCode>().Where(code => code != RemedyCode.None), named.Order());
    }
}
