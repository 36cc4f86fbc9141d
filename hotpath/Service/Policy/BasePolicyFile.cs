using Google.Protobuf;
using Pipeline.Contracts.V1;
using Pipeline.Journal.Disk;

namespace Pipeline.Hotpath.Policy;

/// <summary>
/// What the policy file says, beside the journal: the journal has only the whole with what the cluster declares over it, and an entry that
/// an object hides must come back when the object is deleted.
/// </summary>
internal sealed class BasePolicyFile(string directory)
{
    private readonly string _path = Path.Combine(directory, "policy.bin");

    /// <returns>Null: none was written yet.</returns>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it.</exception>
    public SchedulingPolicy? Read()
    {
        try
        {
            return File.Exists(_path) ? SchedulingPolicy.Parser.ParseFrom(File.ReadAllBytes(_path)) : null;
        }
        catch (InvalidProtocolBufferException damaged)
        {
            throw new InvalidDataException($"{_path} is damaged. Without it the policy that is in force counts as that of the policy file.", damaged);
        }
    }

    public void Write(SchedulingPolicy policy) => AtomicFile.Replace(_path, policy.ToByteArray());
}
