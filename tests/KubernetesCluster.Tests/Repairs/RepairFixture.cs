using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Repairs;

/// <summary>A cluster that has the NodeRepair kind.</summary>
public sealed class RepairFixture : ClusterFixture
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (!ControlPlane.MayStart)
            return;
        await Plane.KubectlAsync("apply", "-f", Path.Combine(FindRoot(), "deploy", "crds", "noderepairs.yaml"));
        await Plane.KubectlAsync("wait", "--for=condition=Established", "--timeout=60s", "crd/noderepairs.pipeline.gpu");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("The tests do not run in a checkout.");
    }
}

[CollectionDefinition(nameof(RepairFixture))]
public sealed class RepairCollection : ICollectionFixture<RepairFixture>;
