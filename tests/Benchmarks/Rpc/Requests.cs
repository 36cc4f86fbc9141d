using System.Buffers.Binary;
using Google.Protobuf;
using Pipeline.Contracts.V1;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>A place request as it goes over the wire, length before it; only the workload differs from one to the next.</summary>
internal sealed class Requests(RpcRig rig)
{
    // Behind the length (5 bytes) and the field's tag: the workload is the first field, and of fixed size.
    private const int WorkloadAt = 6;

    private readonly byte[] _message = Prepare();

    public ReadOnlySpan<byte> Next()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_message.AsSpan(WorkloadAt), rig.NextWorkload++);
        return _message;
    }

    private static byte[] Prepare()
    {
        var request = new PlaceRequest { Workload = 1, Name = "bench/workload-0001", GpuCount = 1, GpuMilli = 1000, CpuMilli = 1000, MemoryMib = 4000 };
        var body = request.ToByteArray();
        return [0, 0, 0, 0, (byte)body.Length, .. body];
    }
}
