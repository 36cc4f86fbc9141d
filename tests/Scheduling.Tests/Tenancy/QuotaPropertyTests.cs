using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Tenancy;

/// <summary>Limits hold after every step of any history, by project, machine group and kind of use.</summary>
public class QuotaPropertyTests
{
    private static readonly UsageKind[] Kinds = Enum.GetValues<UsageKind>();

    [Fact]
    public void No_decision_takes_a_project_beyond_a_limit_or_lends_what_is_not_idle()
    {
        var (atLimit, lent) = (0, 0);
        Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var (command, elapsed) in OneByOne(script))
            {
                cluster.Now += elapsed;
                var before = Used(cluster);
                cluster.Do(command);
                if (command is not (PlaceCommand or PlaceGangCommand or ScheduleCommand))
                    continue;
                var usage = cluster.State.Tenancy.Usage;
                foreach (var ((project, group, kind), used) in Used(cluster))
                {
                    var grew = used > before.GetValueOrDefault((project, group, kind));
                    if (usage.Limit(project, group, kind) is >= 0 and var limit && grew)
                    {
                        Assert.True(used <= limit, $"{command.Kind}: project {project} uses {used} of {limit} {kind} in group {group}");
                        atLimit += used == limit ? 1 : 0;
                    }
                    if (kind != UsageKind.Borrowed || !grew)
                        continue;
                    Assert.True(usage.Lendable(group) >= 0, $"{command.Kind}: of group {group} {-usage.Lendable(group)} more is lent than is idle");
                    lent++;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(100)));
        Assert.True(atLimit > 0 && lent > 0);
    }

    [Fact]
    public void After_a_sweep_nothing_is_borrowed_that_the_projects_own_quota_has_room_for()
    {
        var repaid = 0;
        Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var (command, elapsed) in script.Steps())
            {
                cluster.Now += elapsed;
                var before = Used(cluster);
                cluster.Do(command);
                if (command is not SweepCommand)
                    continue;
                var usage = cluster.State.Tenancy.Usage;
                Assert.All(cluster.Snapshot().Workloads().Where(workload => workload.Kind == UsageKind.Borrowed), workload =>
                {
                    var milli = (long)System.Numerics.BitOperations.PopCount(workload.GpuMask) * workload.GpuMilli;
                    Assert.True(usage.Limit(workload.Traits.Project, workload.Group, UsageKind.OnDemand) is >= 0 and var limit
                        && usage.Used(workload.Traits.Project, workload.Group, UsageKind.OnDemand) + milli > limit);
                });
                repaid += Used(cluster).Count(now => now.Key.Kind == UsageKind.OnDemand && now.Value > before.GetValueOrDefault(now.Key));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(100)));
        Assert.True(repaid > 0);
    }

    /// <summary>With cycles that place one job each: one job is of one kind of provisioning, and what it must not do shows at once.</summary>
    private static IEnumerable<(Command Command, long Elapsed)> OneByOne(MixedScript script)
    {
        foreach (var (command, elapsed) in script.Steps())
        {
            yield return command is ScheduleCommand ? (new ScheduleCommand { MaxPlacements = 1 }, elapsed) : (command, elapsed);
            for (var more = (command as ScheduleCommand)?.MaxPlacements ?? 1; more > 1; more--)
                yield return (new ScheduleCommand { MaxPlacements = 1 }, 0);
        }
    }

    private static Dictionary<(int Project, int Group, UsageKind Kind), long> Used(TestCluster cluster)
    {
        var used = new Dictionary<(int, int, UsageKind), long>();
        for (var project = 0; project < cluster.State.Tenancy.Projects.Length; project++)
        {
            for (var group = 0; group < cluster.State.Nodes.Groups.Length; group++)
            {
                foreach (var kind in Kinds)
                    used[(project, group, kind)] = cluster.State.Tenancy.Usage.Used(project, group, kind);
            }
        }
        return used;
    }
}
