using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable object as a part of a checkpoint image: another object is another content.</summary>
internal sealed class ContentPart<T>(ImageTable table, long index, T content, WriteContent<T> write) : ImagePart
    where T : class
{
    public override ulong Key { get; } = KeyOf(table, index);

    public override object Identity => content;

    public override void Write(ref CommandWriter writer) => write(ref writer, content);
}

internal delegate void WriteContent<T>(ref CommandWriter writer, T content);
