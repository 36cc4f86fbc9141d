using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests.Support;

/// <summary>A new cluster on which <c>kubectl apply -k deploy</c> was run once.</summary>
public sealed class InstalledFixture : ControlPlaneFixture
{
    // The API server serves a kind a moment after it took its definition; only a broken definition takes this long.
    private static readonly TimeSpan ServingBound = TimeSpan.FromSeconds(30);

    /// <summary>What that one run ended with.</summary>
    public KubectlResult FirstApply { get; private set; } = new(-1, "", "kubectl did not run.");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (!ControlPlane.MayStart)
            return;
        FirstApply = await Plane.RunKubectlAsync(["apply", "-k", DeployFolder.Path]);
        await Eventually.TrueAsync("the service of every kind", ServingBound, async () =>
        {
            var wait = await Plane.RunKubectlAsync(["wait", "--for=condition=Established", "--timeout=10s", "crd", "--all"]);
            return wait.ExitCode == 0 && (await Plane.RunKubectlAsync(["get", "pipeline"])).ExitCode == 0;
        }, () => FirstApply.Error);
    }
}

/// <summary>Tests that share one cluster.</summary>
[CollectionDefinition(Name)]
public sealed class InstalledCollection : ICollectionFixture<InstalledFixture>
{
    public const string Name = "installed";
}
