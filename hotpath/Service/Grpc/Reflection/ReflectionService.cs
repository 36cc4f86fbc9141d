using Google.Protobuf;
using Pipeline.Contracts;
using Pipeline.Contracts.Grpc.Reflection.V1;
using static Pipeline.Contracts.Grpc.Reflection.V1.ServerReflectionRequest;

namespace Pipeline.Hotpath.Grpc.Reflection;

/// <summary><c>grpc.reflection.v1</c> (grpc/grpc doc/server-reflection.md). What it does not find it says within the stream, which goes on.</summary>
internal sealed class ReflectionService
{
    private readonly GrpcServer _grpc;
    private readonly Lazy<DescriptorIndex> _index;

    public ReflectionService(GrpcServer grpc)
    {
        _grpc = grpc;
        _index = new Lazy<DescriptorIndex>(() => new DescriptorIndex(grpc.Services.Select(service => service.File)));
    }

    public async Task InfoAsync(RequestStream<ServerReflectionRequest> requests, ReplyStream<ServerReflectionResponse> replies, GrpcCall call)
    {
        while (await requests.ReadAsync().ConfigureAwait(false) is { } request)
        {
            var reply = Answer(request);
            (reply.ValidHost, reply.OriginalRequest) = (request.Host, request);
            await replies.WriteAsync(reply).ConfigureAwait(false);
        }
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request) => request.MessageRequestCase switch
    {
        MessageRequestOneofCase.FileByFilename => Files(_index.Value.FileByName(request.FileByFilename), $"There is no file {request.FileByFilename}."),
        MessageRequestOneofCase.FileContainingSymbol => Files(
            _index.Value.FileOfSymbol(request.FileContainingSymbol), $"There is no symbol {request.FileContainingSymbol}."),
        MessageRequestOneofCase.ListServices => Services(),
        _ => Error(GrpcStatusCode.Unimplemented, "The server has no extensions to tell about."),
    };

    private ServerReflectionResponse Services()
    {
        var list = new ListServiceResponse();
        list.Service.AddRange(_grpc.Services.Select(service => new ServiceResponse { Name = service.FullName }));
        return new ServerReflectionResponse { ListServicesResponse = list };
    }

    private static ServerReflectionResponse Files(IReadOnlyList<ByteString>? files, string missing)
    {
        if (files is null)
            return Error(GrpcStatusCode.NotFound, missing);
        var response = new FileDescriptorResponse();
        response.FileDescriptorProto.AddRange(files);
        return new ServerReflectionResponse { FileDescriptorResponse = response };
    }

    private static ServerReflectionResponse Error(GrpcStatusCode status, string message)
        => new() { ErrorResponse = new ErrorResponse { ErrorCode = (int)status, ErrorMessage = message } };
}

internal static class ReflectionRegistration
{
    public static void AddReflection(this GrpcServer grpc)
    {
        var service = new ReflectionService(grpc);
        grpc.Add(ReflectionReflection.Descriptor.Services[0])
            .Duplex<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo", ServerReflectionRequest.Parser, service.InfoAsync);
        // The older name. Its messages differ in nothing but theirs.
        grpc.Add(Contracts.Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor.Services[0])
            .Duplex<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo", ServerReflectionRequest.Parser, service.InfoAsync);
    }
}
