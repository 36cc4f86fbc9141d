using System.Buffers.Binary;
using Google.Protobuf;
using Pipeline.Contracts.V1;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>A place request as it goes over the wire, length before it; only the workload differs from one to the next.</summary>
internal sealed class Requests
{
    private readonly RpcRig _rig;
    private readonly byte[] _message;
    private readonly int _workloadAt;

    private Requests(RpcRig rig, IMessage message, int workloadAt)
    {
        var body = message.ToByteArray();
        (_rig, _message, _workloadAt) = (rig, [0, 0, 0, 0, (byte)body.Length, .. body], workloadAt);
    }

    // Behind the length (5 bytes) and the field's tag: the workload is the first field, and of fixed size.
    public static Requests Unary(RpcRig rig) => new(rig, Place, workloadAt: 6);

    // The same behind the stream's tag (2 bytes), and the tag and length of the request in it.
    public static Requests Streamed(RpcRig rig) => new(rig, new PlaceStreamRequest { Tag = 1, Place = Place }, workloadAt: 10);

    private static PlaceRequest Place => new()
    {
        Workload = 1,
        Name = "bench/workload-0001",
        Shape = new Shape { GpuCount = 1, GpuMilli = 1000, CpuMilli = 1000, MemoryMib = 4000 },
    };

    public ReadOnlySpan<byte> Next()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_message.AsSpan(_workloadAt), _rig.NextWorkload++);
        return _message;
    }
}
