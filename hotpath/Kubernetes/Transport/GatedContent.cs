using System.Net;
using System.Net.Http.Headers;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Kubernetes.Transport;

/// <summary>
/// A body that is not written when the gate has been shut meanwhile: between the first look and the first byte a connection may have to
/// be made, and the process may have been stopped and woken. A server carries out nothing whose body it has not got.
/// </summary>
internal sealed class GatedContent : ByteArrayContent
{
    private readonly ApiRequest _request;
    private readonly LeaderGate _gate;

    public GatedContent(ApiRequest request, byte[] body, LeaderGate gate)
        : base(body)
    {
        (_request, _gate) = (request, gate);
        Headers.ContentType = new MediaTypeHeaderValue(request.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _gate.Pass(_request);
        return base.SerializeToStreamAsync(stream, context, cancellationToken);
    }
}
