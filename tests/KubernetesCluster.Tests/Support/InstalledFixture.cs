using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>A cluster with the product's kinds. A policy is one for all of it, so its tests are not those of other clusters.</summary>
public sealed class InstalledFixture : ClusterFixture
{
    private static readonly TimeSpan ServingBound = TimeSpan.FromSeconds(60);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (!ControlPlane.MayStart)
            return;
        await Plane.KubectlAsync("apply", "-k", Path.Combine(Checkout.Root, "deploy"));
        await Eventually.TrueAsync("the service of every kind", ServingBound, async () =>
        {
            var wait = await Plane.RunKubectlAsync(["wait", "--for=condition=Established", "--timeout=10s", "crd", "--all"]);
            return wait.ExitCode == 0 && (await Plane.RunKubectlAsync(["get", "pipeline"])).ExitCode == 0;
        });
    }
}

[CollectionDefinition(nameof(InstalledFixture))]
public sealed class InstalledCollection : ICollectionFixture<InstalledFixture>;
