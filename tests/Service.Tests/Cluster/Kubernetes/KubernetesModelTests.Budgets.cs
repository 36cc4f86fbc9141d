using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <content>Disruption budgets, and what a drain leaves alone.</content>
public partial class KubernetesModelTests
{
    [Fact]
    public void A_drain_has_nothing_to_do_with_what_belongs_to_the_node()
    {
        Put(
            Pod("web", "n1"),
            Pod("proxy", "n1", "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"name\":\"proxy\",\"uid\":\"o\",\"controller\":true}]"),
            Pod("static", "n1", "\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}"),
            Pod("action", "n1", "\"labels\":{\"pipeline.gpu/action\":\"reboot\"}"));

        Assert.Equal(["team/web"], _model.WorkloadsOn("n1").Select(workload => workload.Name));
        var budgets = _model.List().Budgets;
        Assert.Equal(new ClusterBudget("team/(pinned)", 0), Assert.Single(budgets));
    }

    [Fact]
    public void A_pod_is_under_the_budgets_whose_selector_it_matches()
    {
        Put(Objects.Node("n1"));
        Put(Pod("a", "n1", "\"labels\":{\"app\":\"web\"}"), Pod("b", "n1", "\"labels\":{\"app\":\"db\"}"));
        _model.List();

        Put(Budget("web", "\"app\":\"web\"", allowed: 2));
        Assert.Collection(
            Events(),
            budget => Assert.Equal(new ClusterBudget("team/web", 2), Assert.IsType<ClusterEvent.BudgetChanged>(budget).Budget),
            pod => Assert.Equal(("team/a", "web"), Assert.IsType<ClusterEvent.WorkloadBound>(pod).Workload is var a ? (a.Name, a.Labels.Budget) : default));
        Put(Budget("web", "\"app\":\"web\"", allowed: 1));
        Assert.Equal(new ClusterBudget("team/web", 1), Assert.IsType<ClusterEvent.BudgetChanged>(Assert.Single(Events())).Budget);
        Put(Budget("web", "\"app\":\"web\"", allowed: 5, generation: 2));
        Assert.Equal(new ClusterBudget("team/web", 0), Assert.Single(Events().OfType<ClusterEvent.BudgetChanged>()).Budget);

        // Nobody can evict what is under two (the Eviction API refuses it).
        Put(Budget("all", "", allowed: 9));
        Assert.Empty(Events().OfType<ClusterEvent.WorkloadBound>());
        _model.EmptySelectsAll = true;
        Put(Budget("all", "", allowed: 9, generation: 2, observed: 2));
        var events = Events();
        Assert.Contains(new ClusterEvent.BudgetChanged(new ClusterBudget("team/all+web", 0)), events);
        Assert.Equal(["all+web", "all"], events.OfType<ClusterEvent.WorkloadBound>().OrderBy(pod => pod.Workload.Name).Select(pod => pod.Workload.Labels.Budget));
    }

    [Fact]
    public void A_budget_that_is_deleted_is_told_with_those_that_were_made_up_of_it()
    {
        Put(Objects.Node("n1"));
        Put(Pod("a", "n1", "\"labels\":{\"app\":\"web\",\"job\":\"1\"}"));
        Put(Budget("web", "\"app\":\"web\"", allowed: 2));
        Put(Budget("job-1", "\"job\":\"1\"", allowed: 2));
        Assert.Equal(["job-1+web"], _model.List().Workloads.Select(workload => workload.Labels.Budget));
        Assert.Equal(["team/job-1", "team/job-1+web", "team/web"], _model.List().Budgets.Select(budget => budget.Name).Order(StringComparer.Ordinal));

        _model.Apply(new Change<PodDisruptionBudget>.Deleted(Budget("job-1", "\"job\":\"1\"", allowed: 2)));
        var events = Events();
        Assert.Equal(["team/job-1", "team/job-1+web"], events.OfType<ClusterEvent.BudgetDeleted>().Select(gone => gone.Name).Order(StringComparer.Ordinal));
        Assert.Equal("web", Assert.Single(events.OfType<ClusterEvent.WorkloadBound>()).Workload.Labels.Budget);
        Assert.Equal("team/web", Assert.Single(_model.List().Budgets).Name);
        _model.Apply(new Change<PodDisruptionBudget>.Deleted(Budget("web", "\"app\":\"web\"", allowed: 2)));
        Put(Budget("web", "\"app\":\"web\"", allowed: 2));
        Assert.Empty(Events().OfType<ClusterEvent.BudgetDeleted>());
    }

    [Fact]
    public void The_budget_of_pods_that_nobody_evicts_is_forgotten_with_the_last_of_them()
    {
        var foreign = new[] { Pod("a", "n1", scheduler: "other"), Pod("b", "n1", scheduler: "other"), Pod("c", "n1", scheduler: "other") };
        Put(Objects.Node("n1"));
        Put(foreign[0]);
        Assert.Equal("team/(pinned)", Assert.Single(_model.List().Budgets).Name);
        Put(foreign[1]);
        Events();

        _model.Apply(new Change<Pod>.Deleted(foreign[0]));
        Assert.Equal([new ClusterEvent.WorkloadDeleted(Id("a"))], Events());
        _model.Apply(new Change<Pod>.Deleted(foreign[1]));
        Assert.Equal([new ClusterEvent.WorkloadDeleted(Id("b")), new ClusterEvent.BudgetDeleted("team/(pinned)")], Events());
        Put(foreign[2]);
        Assert.Collection(
            Events(),
            budget => Assert.Equal(new ClusterBudget("team/(pinned)", 0), Assert.IsType<ClusterEvent.BudgetChanged>(budget).Budget),
            pod => Assert.Equal("(pinned)", Assert.IsType<ClusterEvent.WorkloadBound>(pod).Workload.Labels.Budget));

        _model.Apply(new Change<Pod>.Replaced([]));
        Assert.Empty(_model.List().Budgets);
    }

    private static PodDisruptionBudget Budget(string name, string labels, int allowed, int generation = 1, int observed = 1) => Objects.Read<PodDisruptionBudget>(
        "{\"metadata\":{\"name\":\"" + name + "\",\"namespace\":\"team\",\"uid\":\"b-" + name + "\",\"generation\":" + generation + "},\"spec\":{\"selector\":{\"matchLabels\":{" + labels
        + "}}},\"status\":{\"observedGeneration\":" + observed + ",\"disruptionsAllowed\":" + allowed + "}}");

    private void Put(PodDisruptionBudget budget) => _model.Apply(new Change<PodDisruptionBudget>.Put(budget));
}
