namespace Pipeline.Scheduling.Snapshots;

/// <summary>Refuses an image that cannot be what was written.</summary>
internal static class Damage
{
    public static void If(bool damaged, string part, long index)
    {
        if (damaged)
            throw new InvalidDataException($"The checkpoint image is damaged: {part} {index} contradicts itself or another part.");
    }
}
