namespace Pipeline.Scheduling.Tests.Support;

/// <summary>What was written, with one byte of it changed.</summary>
internal static class DamagedBytes
{
    /// <param name="read">May refuse what it is given with <see cref="InvalidDataException"/>, and with nothing else.</param>
    public static void Each(byte[] bytes, Action<byte[]> read)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0xFF })
            {
                var damaged = (byte[])bytes.Clone();
                damaged[i] = value;
                try
                {
                    read(damaged);
                }
                catch (InvalidDataException)
                {
                    // What damage is supposed to give.
                }
            }
        }
    }
}
