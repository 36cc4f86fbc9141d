using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Kubernetes.Access;

/// <summary>
/// The configuration that kubectl uses: clusters, users, and contexts that name one of each. Of several files each entry counts where it
/// comes first (kubectl, "Organizing Cluster Access Using kubeconfig Files").
/// </summary>
public static class Kubeconfig
{
    /// <summary>They would act as another user, or are gone from Kubernetes: to leave them out in silence would be wrong.</summary>
    private static readonly string[] Unsupported =
        ["username", "password", "auth-provider", "as", "as-uid", "as-groups", "as-user-extra"];

    /// <param name="files">Those that do not exist are left out, as kubectl does, unless none does.</param>
    /// <param name="context">Null: the current one.</param>
    /// <exception cref="ClusterAccessException">The message names the file and the field.</exception>
    public static ClusterAccess Load(IReadOnlyList<string> files, string? context, TimeProvider time)
    {
        var (cluster, user, scope, name) = Find(files, context);
        // Of the same context as now, whichever becomes the current one.
        var certificate = Renewed(user is null ? null : PemFields.ClientCertificate(user), () => Find(files, name).User is { } again ? PemFields.ClientCertificate(again) : null, time);
        var authorities = Renewed(PemFields.Authorities(cluster), () => PemFields.Authorities(Find(files, name).Cluster), time);
        return Access(cluster, user, scope, authorities, certificate, time);
    }

    private static RenewedCertificates? Renewed(X509Certificate2Collection? first, Func<X509Certificate2Collection?> read, TimeProvider time)
        => first is null ? null : new RenewedCertificates(first, read, time);

    private static (ConfigNode Cluster, ConfigNode? User, string? Namespace, string Context) Find(IReadOnlyList<string> files, string? context)
    {
        var roots = files.Where(File.Exists).Select(ConfigNode.Read).OfType<ConfigNode>().ToList();
        if (roots.Count == 0)
            throw new ClusterAccessException($"{string.Join(", ", files)}: no such kubeconfig file, or it is empty.");
        var name = context ?? roots.Select(root => root.Text("current-context")).FirstOrDefault(current => current is not null)
            ?? throw new ClusterAccessException($"{string.Join(", ", files)}: current-context is missing, and no context was named.");
        var chosen = Entry(roots, "contexts", "context", name, $"the context '{name}'");
        var cluster = Reference(roots, chosen, "clusters", "cluster");
        var user = chosen.Text("user") is null ? null : Reference(roots, chosen, "users", "user");
        return (cluster, user, chosen.Text("namespace"), name);
    }

    private static ClusterAccess Access(ConfigNode cluster, ConfigNode? user, string? scope, RenewedCertificates? authorities, RenewedCertificates? certificate, TimeProvider time)
    {
        var insecure = cluster.Flag("insecure-skip-tls-verify");
        if (insecure && authorities is not null)
            throw cluster.Wrong("insecure-skip-tls-verify", "cannot be true beside a certificate-authority");
        return new ClusterAccess
        {
            Server = Address(cluster, "server", cluster.Required("server")),
            Authorities = authorities,
            InsecureSkipTlsVerify = insecure,
            TlsServerName = cluster.Text("tls-server-name"),
            Proxy = cluster.Text("proxy-url") is { } proxy ? Address(cluster, "proxy-url", proxy) : null,
            ClientCertificate = certificate,
            Credentials = user is null ? Credentials.None : CredentialsOf(user, cluster, time),
            Namespace = scope ?? "default",
        };
    }

    private static Credentials CredentialsOf(ConfigNode user, ConfigNode cluster, TimeProvider time)
    {
        if (Unsupported.FirstOrDefault(user.Has) is { } unsupported)
            throw user.Wrong(unsupported, "is not supported");
        if (user.FilePath("tokenFile") is { } file)
            return new TokenFile(file, $"{user.File}: {user.PathOf("tokenFile")}", time);
        if (user.Text("token") is { } token)
            return new FixedToken(token);
        return user.Map("exec") is { } exec ? new ExecCredentials(ExecCommand.Read(exec, cluster), time) : Credentials.None;
    }

    private static ConfigNode Reference(List<ConfigNode> roots, ConfigNode from, string list, string field)
    {
        var name = from.Required(field);
        return Entry(roots, list, field, name, $"'{name}', which {from.File}: {from.PathOf(field)} names,");
    }

    private static ConfigNode Entry(List<ConfigNode> roots, string list, string field, string name, string what)
        => roots.SelectMany(root => root.Maps(list)).FirstOrDefault(entry => entry.Text("name") == name) is { } found
            ? found.Map(field) ?? throw found.Wrong(field, "is missing")
            : throw new ClusterAccessException($"{string.Join(", ", roots.Select(root => root.File))}: {what} is not in {list}.");

    private static Uri Address(ConfigNode node, string field, string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https" }
            ? address
            : throw node.Wrong(field, "must be http://host:port or https://host:port");
}
