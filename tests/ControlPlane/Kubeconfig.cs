namespace Pipeline.TestControlPlane;

/// <summary>A kubeconfig file with one cluster, one user and one context.</summary>
internal static class Kubeconfig
{
    /// <param name="server">Of the API server.</param>
    /// <param name="caFile">A path.</param>
    /// <param name="credentials">The fields of the user, a line each, as YAML.</param>
    public static string Text(Uri server, string caFile, params IEnumerable<string> credentials) => $"""
        apiVersion: v1
        kind: Config
        current-context: test
        contexts:
          - name: test
            context:
              cluster: test
              user: test
        clusters:
          - name: test
            cluster:
              server: {server.GetLeftPart(UriPartial.Authority)}
              certificate-authority: {caFile}
        users:
          - name: test
            user:
              {string.Join("\n      ", credentials)}

        """;
}
