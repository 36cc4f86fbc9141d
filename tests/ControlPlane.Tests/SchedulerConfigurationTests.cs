namespace Pipeline.TestControlPlane.Tests;

public sealed class SchedulerConfigurationTests
{
    private const string Connection = "clientConnection:\n  kubeconfig: /etc/scheduler.conf\n\n  qps: 7\n";
    private const string Leader = "leaderElection: {leaderElect: true}\n";
    private const string Rest = "apiVersion: kubescheduler.config.k8s.io/v1beta1\nkind: KubeSchedulerConfiguration\nextenders:\n- urlPrefix: http://127.0.0.1:1/extender\n";

    [Theory]
    [InlineData(Rest)]
    [InlineData(Rest + Connection + Leader)]
    [InlineData(Connection + Leader + Rest)]
    [InlineData(Leader + Rest + Connection)]
    public void The_connection_is_replaced_and_the_rest_stays(string configuration)
    {
        var text = SchedulerConfiguration.Text(configuration, "/tmp/admin.kubeconfig");

        Assert.StartsWith(Rest.TrimEnd(), text.TrimStart(), StringComparison.Ordinal);
        Assert.Equal(1, Occurrences("clientConnection:"));
        Assert.Equal(1, Occurrences("leaderElection:"));
        Assert.Contains("\n  kubeconfig: /tmp/admin.kubeconfig\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("qps: 7", text, StringComparison.Ordinal);

        int Occurrences(string key) => text.Split(key).Length - 1;
    }
}
