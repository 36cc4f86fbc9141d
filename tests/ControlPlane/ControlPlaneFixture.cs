namespace Pipeline.TestControlPlane;

/// <summary>One control plane for all tests of a class or a collection; none when its tests are skipped.</summary>
public class ControlPlaneFixture : IAsyncLifetime
{
    private ControlPlane? _plane;

    public ControlPlane Plane => _plane ?? throw new InvalidOperationException("The control plane has not started.");

    protected virtual ControlPlaneOptions Options => new();

    public virtual async Task InitializeAsync()
    {
        if (ControlPlane.MayStart)
            _plane = await ControlPlane.StartAsync(Options);
    }

    public virtual async Task DisposeAsync()
    {
        if (_plane is not null)
            await _plane.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
