using System.Net;
using System.Text.RegularExpressions;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Transport;

/// <summary>
/// Tells a want of rights from what else is answered with 403: a quota, a limit, Pod Security and webhooks refuse the object, to whoever
/// sends it. Only their messages differ.
/// </summary>
internal static partial class Forbidden
{
    public static bool IsForWantOfRight(int code, Status? status)
        => code == (int)HttpStatusCode.Forbidden && status?.Message is { } message && ByAuthorizer().IsMatch(message);

    // forbiddenMessage and Forbidden (apiserver, pkg/endpoints/handlers/responsewriters/errors.go) within NewForbidden (apimachinery, pkg/api/errors).
    // A webhook's message has its name before anything that the webhook chooses (apiserver, pkg/admission/plugin/webhook/errors).
    [GeneratedRegex("^(?:\\S+ (?:\"[^\"]*\" )?is )?forbidden: User \".*\" cannot \\S+ (?:resource|path) \"", RegexOptions.CultureInvariant)]
    private static partial Regex ByAuthorizer();
}
