using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>A number for what the cluster only names. The same in every process, and not to be met on purpose: names are chosen by users.</summary>
internal static class StableId
{
    /// <returns>Never 0, which means none.</returns>
    public static ulong Of(string space, string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{space}/{name}"));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) | 1;
    }
}
