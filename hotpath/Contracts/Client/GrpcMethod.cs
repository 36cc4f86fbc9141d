using Google.Protobuf;

namespace Pipeline.Contracts.Client;

/// <summary>A method of a service, as a client needs to know it.</summary>
/// <param name="Service">With its package, such as <c>pipeline.v1.Repair</c>.</param>
/// <param name="SafeToRepeat">
/// Sending the request twice leaves the server as sending it once does. Only such calls are tried again when nobody knows whether the
/// first one arrived.
/// </param>
public sealed record GrpcMethod<TRequest, TReply>(string Service, string Name, MessageParser<TReply> Parser, bool SafeToRepeat)
    where TRequest : IMessage<TRequest>
    where TReply : IMessage<TReply>
{
    public string Path { get; } = $"/{Service}/{Name}";
}
