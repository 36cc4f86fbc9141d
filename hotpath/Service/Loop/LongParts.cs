using Pipeline.Journal;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Parts of the checkpoint image that are larger than a record of the store: what they begin with is under their own key, and each further
/// piece under one that follows from it. A page of large gangs is such a part, or very many budgets: one that the store does not take would
/// end all checkpoints, and the journal would grow for ever.
/// </summary>
internal static class LongParts
{
    /// <summary>Top byte of the keys of further pieces; never one of <see cref="ImageTable"/> or of the archive.</summary>
    private const byte PieceTable = 0x44;

    // Below it the part's table, the number of the piece, and the part's index. Indices beyond that are those of selections, which are small.
    private const int TableShift = 48;
    private const int PieceShift = 36;
    private const long MaxIndex = (1L << PieceShift) - 1;
    private const int MaxPiece = (1 << (TableShift - PieceShift)) - 1;

    public static bool IsPiece(ulong key) => (key >> 56) == PieceTable;

    /// <summary>Key of a further piece of a part, counted from 1; null when the part cannot have such a one.</summary>
    public static ulong? KeyOf(ulong part, int piece) => ImagePart.IndexOf(part) <= MaxIndex && piece <= MaxPiece
        ? ((ulong)PieceTable << 56) | ((ulong)ImagePart.TableOf(part) << TableShift) | ((ulong)piece << PieceShift) | (ulong)ImagePart.IndexOf(part)
        : null;

    /// <summary>One of the records that hold a part; null behind the last.</summary>
    /// <param name="piece">0: the one under the part's own key.</param>
    public static KeyValuePair<ulong, ReadOnlyMemory<byte>>? Cut(ulong part, ReadOnlyMemory<byte> bytes, int piece)
    {
        var from = piece * DurableState.MaxRecordBytes;
        if ((piece == 0 ? part : KeyOf(part, piece)) is not { } key || (piece > 0 && from >= bytes.Length))
            return null;
        var rest = bytes[from..];
        return new(key, rest.Length > DurableState.MaxRecordBytes && KeyOf(part, piece + 1) is not null ? rest[..DurableState.MaxRecordBytes] : rest);
    }

    /// <summary>The parts that the records hold, which are those of parts and of further pieces.</summary>
    public static IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> Join(IReadOnlyList<KeyValuePair<ulong, ReadOnlyMemory<byte>>> records)
    {
        // The keys of a part's pieces rise with their numbers.
        var pieces = records.Where(record => IsPiece(record.Key)).OrderBy(record => record.Key).ToLookup(record => PartOf(record.Key), record => record.Value);
        return records.Where(record => !IsPiece(record.Key)).Select(
            record => pieces.Contains(record.Key) ? new(record.Key, Joined([record.Value, .. pieces[record.Key]])) : record);
    }

    private static ulong PartOf(ulong piece)
        => ImagePart.KeyOf((ImageTable)(byte)(piece >> TableShift), (long)(piece & (ulong)MaxIndex));

    private static ReadOnlyMemory<byte> Joined(List<ReadOnlyMemory<byte>> pieces)
    {
        var whole = new byte[pieces.Sum(piece => piece.Length)];
        var at = 0;
        foreach (var piece in pieces)
        {
            piece.CopyTo(whole.AsMemory(at));
            at += piece.Length;
        }

        return whole;
    }
}
