using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>
/// A control plane with the controllers that keep budgets, kubelets whose pods end quickly, and the product's ServiceAccount, whose rights
/// the product has in every test.
/// </summary>
public class ClusterFixture : ControlPlaneFixture
{
    private StandInKubelets? _kubelets;
    private string? _kubeconfig;

    public StandInKubelets Kubelets => _kubelets ?? throw new InvalidOperationException("The control plane has not started.");

    /// <summary>Access with the rights of the product's own account.</summary>
    public string Kubeconfig => _kubeconfig ?? throw new InvalidOperationException("The control plane has not started.");

    // The volume controller looks again only so often at a claim whose volume was not there when it came.
    protected override ControlPlaneOptions Options => new() { ControllerManager = true, ControllerManagerArguments = ["--pvclaimbinder-sync-period=1s"] };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (!ControlPlane.MayStart)
            return;
        _kubelets = StandInKubelets.Start(Plane, new KubeletOptions { TerminationSpeed = 300 });
        _kubeconfig = await ProductRights.InstallAsync(Plane);
    }

    public override async Task DisposeAsync()
    {
        if (_kubelets is not null)
            await _kubelets.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

[CollectionDefinition(nameof(ClusterFixture))]
public sealed class ClusterCollection : ICollectionFixture<ClusterFixture>;
