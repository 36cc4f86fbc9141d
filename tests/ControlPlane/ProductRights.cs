namespace Pipeline.TestControlPlane;

/// <summary>The rights that <c>deploy/</c> gives to the product, and nothing else of it.</summary>
public static class ProductRights
{
    /// <summary>Namespace and name of the product's ServiceAccount.</summary>
    public static (string Namespace, string Name) Account => ("pipeline-system", "pipeline");

    private static readonly string[] Files = ["namespace", "serviceaccount", "clusterrole", "role"];

    /// <summary>Makes the ServiceAccount, with its namespace and its rights.</summary>
    /// <returns>Path of a kubeconfig with a token of it.</returns>
    public static async Task<string> InstallAsync(ControlPlane plane)
    {
        await plane.KubectlAsync(["apply", .. Files.SelectMany(file => (string[])["-f", Path.Combine(Checkout.Root, "deploy", "base", $"{file}.yaml")])]);
        return await KubeconfigAsync(plane);
    }

    /// <summary>Of an account that is there.</summary>
    /// <returns>Path of a kubeconfig with a token of it.</returns>
    public static async Task<string> KubeconfigAsync(ControlPlane plane) => plane.WriteKubeconfig("product", await plane.CreateServiceAccountTokenAsync(Account));
}
