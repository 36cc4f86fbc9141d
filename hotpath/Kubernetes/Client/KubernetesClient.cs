using System.Text.Json;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Election;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Limiting;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Client;

/// <summary>
/// The Kubernetes API of one cluster. One client serves a process; it shares its connections, its credentials and its
/// <see cref="ClientLimiter"/> among all callers. Every method throws <see cref="KubernetesException"/> when the server refuses or does not
/// answer, and <see cref="OperationCanceledException"/> when the caller gives up.
/// </summary>
public sealed class KubernetesClient : IDisposable
{
    private readonly ApiTransport _transport;

    /// <param name="random">Spreads retries; a seeded one makes a test repeatable.</param>
    /// <param name="gate">What every change has to pass; null: nothing.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public KubernetesClient(ClusterAccess access, KubernetesClientOptions options, TimeProvider time, Random? random = null, LeaderGate? gate = null)
    {
        options.Validate();
        (Access, Options, Time, Random) = (access, options, time, random ?? Random.Shared);
        _transport = new ApiTransport(access, options, gate, time, Random);
    }

    public ClusterAccess Access { get; }

    public KubernetesClientOptions Options { get; }

    public ClientLimiter Limiter => _transport.Limiter;

    /// <summary>A right that is lacking (<see cref="KubernetesException.Denied"/>), whoever has called. Runs within the call, so it must be quick.</summary>
    public event Action<KubernetesException> Denied
    {
        add => _transport.Denied += value;
        remove => _transport.Denied -= value;
    }

    internal TimeProvider Time { get; }

    internal Random Random { get; }

    internal ApiTransport Transport => _transport;

    internal Discovery Discovery => field ??= new Discovery(this, Time);

    public Task<T> GetAsync<T>(ResourceKind<T> kind, ObjectName name, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
        => _transport.CallAsync(Request(HttpMethod.Get, kind.Path(name, options?.Subresource), options, safeToRepeat: true), kind.Item, cancellation);

    /// <returns>Null: there is none of that name.</returns>
    public async Task<T?> FindAsync<T>(ResourceKind<T> kind, ObjectName name, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        try
        {
            return await GetAsync(kind, name, options, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    /// <param name="item">With its name (or generateName) and, if the kind has them, its namespace.</param>
    public Task<T> CreateAsync<T>(ResourceKind<T> kind, T item, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        if (kind.Namespaced && string.IsNullOrEmpty(item.Metadata.Namespace))
            throw new ArgumentException($"{kind}: '{item.Metadata.Name}' needs a namespace.");
        var path = Writing(kind.CollectionPath(kind.Namespaced ? item.Metadata.Namespace : null), options);
        return _transport.CallAsync(Request(HttpMethod.Post, path.ToString(), options, safeToRepeat: false) with { Body = Body(kind, item) }, kind.Item, cancellation);
    }

    /// <summary>Writes the whole object; with a resourceVersion only over that version, or it is a conflict.</summary>
    /// <exception cref="ArgumentException">The object was read without its unknown fields.</exception>
    public Task<T> ReplaceAsync<T>(ResourceKind<T> kind, T item, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        if (item.IsTrimmed)
            throw new ArgumentException($"{kind}: '{item.FullName}' comes from a watch, without the fields that the model does not name; writing it would delete them. Patch it, or use UpdateAsync.");
        var path = Writing(kind.Path(NameOf(kind, item), options?.Subresource), options);
        return _transport.CallAsync(Request(HttpMethod.Put, path.ToString(), options, safeToRepeat: true) with { Body = Body(kind, item) }, kind.Item, cancellation);
    }

    public Task<T> PatchAsync<T>(ResourceKind<T> kind, ObjectName name, Patch patch, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        var path = Writing(kind.Path(name, options?.Subresource), options).With("force", patch.Force switch { true => "true", false => "false", _ => null });
        var request = Request(HttpMethod.Patch, path.ToString(), options, patch.SafeToRepeat) with { Body = patch.Body, ContentType = patch.ContentType };
        return _transport.CallAsync(request, kind.Item, cancellation);
    }

    /// <summary>Server-side apply of all fields of an object that are set; see <see cref="Patch.Apply(System.Text.Json.Nodes.JsonObject, bool)"/> for a part of them.</summary>
    public Task<T> ApplyAsync<T>(ResourceKind<T> kind, T item, bool force, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
        => PatchAsync(kind, NameOf(kind, item), Patch.Apply(Body(kind, item), force), options, cancellation);

    /// <returns>The metadata of the object, if it still exists while finalizers or a grace period run.</returns>
    public Task<PartialObject> DeleteAsync<T>(
        ResourceKind<T> kind, ObjectName name, DeleteOptions? delete = null, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        var path = Writing(kind.Path(name), options);
        var request = Request(HttpMethod.Delete, path.ToString(), options, safeToRepeat: true);
        if (delete is not null)
            request = request with { Body = JsonSerializer.SerializeToUtf8Bytes(delete, KubernetesJson.Options.TypeInfo<DeleteOptions>()) };
        return _transport.CallAsync(request, KubernetesJson.TrimmedOptions.TypeInfo<PartialObject>(), cancellation);
    }

    /// <summary>All objects, page by page, as they were at one moment. Starts again when the server has forgotten that moment (410).</summary>
    public Task<KubernetesList<T>> ListAsync<T>(ResourceKind<T> kind, ListOptions? list = null, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
        => new Listing<T>(_transport, kind, kind.List, list ?? ListOptions.All, Options.PageSize).ReadAsync(options, cancellation);

    /// <summary>One page.</summary>
    /// <param name="limit">Objects at most.</param>
    /// <param name="continuation"><see cref="ListMeta.Continue"/> of the page before; null: the first one.</param>
    public Task<KubernetesList<T>> ListPageAsync<T>(
        ResourceKind<T> kind, ListOptions? list, int limit, string? continuation, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
        => new Listing<T>(_transport, kind, kind.List, list ?? ListOptions.All, limit).PageAsync(continuation, options, cancellation);

    public void Dispose() => _transport.Dispose();

    internal static ApiRequest Request(HttpMethod method, string path, RequestOptions? options, bool safeToRepeat) => new(method, path)
    {
        Priority = options?.Priority ?? RequestPriority.Normal,
        Timeout = options?.Timeout,
        SafeToRepeat = safeToRepeat,
    };

    internal QueryText Writing(string path, RequestOptions? options)
        => new QueryText(path).With("fieldManager", Options.FieldManager).With("dryRun", options?.DryRun == true ? "All" : null);

    private static ObjectName NameOf<T>(ResourceKind<T> kind, T item)
        where T : KubernetesObject
        => new(kind.Namespaced ? item.Metadata.Namespace : null, item.Metadata.Name);

    private static byte[] Body<T>(ResourceKind<T> kind, T item)
        where T : KubernetesObject
        => JsonSerializer.SerializeToUtf8Bytes(item with { ApiVersion = kind.ApiVersion, Kind = kind.Kind }, kind.Item);
}
