namespace Pipeline.TestControlPlane.Tests;

/// <summary>A control plane with a scheduler, and kubelets at a pace of their own.</summary>
public sealed class ClusterFixture : ControlPlaneFixture
{
    private StandInKubelets? _kubelets;

    public StandInKubelets Kubelets => _kubelets ?? throw new InvalidOperationException("The control plane has not started.");

    protected override ControlPlaneOptions Options => new() { Scheduler = true };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (ControlPlane.MayStart)
            _kubelets = StandInKubelets.Start(Plane, new KubeletOptions { LeaseInterval = TimeSpan.FromSeconds(1), TerminationSpeed = 300 });
    }

    public override async Task DisposeAsync()
    {
        if (_kubelets is not null)
            await _kubelets.DisposeAsync();
        await base.DisposeAsync();
    }
}
