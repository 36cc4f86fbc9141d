namespace Pipeline.TestControlPlane;

/// <summary>
/// A test that needs a real control plane. Without its programs the test is skipped with the reason, unless the test command (which
/// builds them) asks for all peers: then it runs and fails.
/// </summary>
public sealed class ControlPlaneFactAttribute : FactAttribute
{
    public ControlPlaneFactAttribute()
    {
        if (!ControlPlane.MayStart)
            Skip = ControlPlane.MissingReason;
    }
}

/// <summary>As <see cref="ControlPlaneFactAttribute"/>, with data.</summary>
public sealed class ControlPlaneTheoryAttribute : TheoryAttribute
{
    public ControlPlaneTheoryAttribute()
    {
        if (!ControlPlane.MayStart)
            Skip = ControlPlane.MissingReason;
    }
}
