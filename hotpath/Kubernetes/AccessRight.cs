using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes;

/// <summary>What a rule has to allow for a request to be carried out (authorization, "Determine the request verb"; RBAC, "Referring to resources").</summary>
/// <param name="Verb">Such as <c>patch</c>.</param>
/// <param name="Resource">With its group and subresource, such as <c>noderepairs.pipeline.gpu/status</c>; what is no resource by its path.</param>
public sealed record AccessRight(string Verb, string Resource)
{
    internal static AccessRight Of(ApiRequest request)
    {
        var query = request.Path.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? request.Path : request.Path[..query];
        var (group, place) = path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["api", _, .. var core] => ("", core),
            ["apis", var name, _, .. var others] => (name, others),
            _ => ("", []),
        };
        // A namespace is a place for others, unless it is asked for itself.
        if (place is ["namespaces", _, _, ..])
            place = place[2..];
        if (place.Length == 0)
            return new AccessRight(request.Method.Method.ToLowerInvariant(), path);
        var resource = group.Length == 0 ? place[0] : $"{place[0]}.{group}";
        return new AccessRight(VerbOf(request, ofOne: place.Length > 1), place is [_, _, var subresource, ..] ? $"{resource}/{subresource}" : resource);
    }

    private static string VerbOf(ApiRequest request, bool ofOne) => request.Method.Method switch
    {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => ofOne ? "delete" : "deletecollection",
        _ when ofOne => "get",
        _ => request.Path.Contains("watch=true", StringComparison.Ordinal) ? "watch" : "list",
    };
}
