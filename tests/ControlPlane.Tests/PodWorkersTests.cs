namespace Pipeline.TestControlPlane.Tests;

public sealed class PodWorkersTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private const string Node = "not-of-the-other-kubelets";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private ApiAccess Api => cluster.Plane.Api;

    [ControlPlaneFact]
    public async Task A_pod_keeps_its_address_when_a_step_whose_answer_was_lost_is_taken_again()
    {
        await Api.PostAsync(Pods.Path, Pods.Of("repeated", gpus: 1, Node));
        var pod = Pod.Of(await Api.DeleteAsync($"{Pods.Path}/repeated"));
        var table = new PodTable();
        table.AddNode(Node, new Resources());
        var workers = new PodWorkers(Api, table, new KubeletOptions { Parallelism = 1, TerminationSpeed = 300 }, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var work = workers.RunAsync(stop.Token);

        workers.Add([new PodAction(pod, PodStep.Run), new PodAction(pod, PodStep.Run), new PodAction(pod, PodStep.Delete)]);

        var gone = Eventually.TrueAsync("the end of the pod", Bound, async () => await Api.FindAsync($"{Pods.Path}/repeated") is null);
        await await Task.WhenAny(work, gone);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }
}
