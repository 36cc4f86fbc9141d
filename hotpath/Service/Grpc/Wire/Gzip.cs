using System.Buffers;
using System.IO.Compression;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>gzip, a message at a time: each has its own context.</summary>
internal static class Gzip
{
    public const string Name = "gzip";

    private const int ChunkSize = 16 * 1024;

    /// <exception cref="GrpcException">What comes out exceeds <paramref name="maxSize"/> bytes, or the data are damaged.</exception>
    public static ReadOnlySequence<byte> Decompress(in ReadOnlySequence<byte> data, int maxSize)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            using var input = new GZipStream(new SequenceStream(data), CompressionMode.Decompress);
            for (int read; (read = input.Read(output.GetSpan(ChunkSize))) > 0;)
            {
                output.Advance(read);
                // A few bytes can become gigabytes: only what has come out so far may be trusted.
                if (output.WrittenCount > maxSize)
                    throw new GrpcException(GrpcStatusCode.ResourceExhausted, $"The message has more than {maxSize} bytes when it is decompressed.");
            }
        }
        catch (InvalidDataException exception)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"The message is no valid gzip: {exception.Message}");
        }

        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }

    public static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> data)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(data);
        return output.GetBuffer().AsMemory(0, (int)output.Length);
    }
}
