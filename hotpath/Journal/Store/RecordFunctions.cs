using FASTER.core;

namespace Pipeline.Journal.Store;

/// <summary>Copies values out on reading, and refuses to overwrite one in place so that a reader never sees half of a new value.</summary>
internal sealed class RecordFunctions : SpanByteFunctions<long, byte[], Empty>
{
    public override bool SingleReader(ref long key, ref SpanByte input, ref SpanByte value, ref byte[] dst, ref ReadInfo readInfo)
    {
        dst = value.AsReadOnlySpan().ToArray();
        return true;
    }

    public override bool ConcurrentReader(ref long key, ref SpanByte input, ref SpanByte value, ref byte[] dst, ref ReadInfo readInfo)
    {
        dst = value.AsReadOnlySpan().ToArray();
        return true;
    }

    public override bool ConcurrentWriter(
        ref long key, ref SpanByte input, ref SpanByte src, ref SpanByte dst, ref byte[] output, ref UpsertInfo upsertInfo) => false;
}
