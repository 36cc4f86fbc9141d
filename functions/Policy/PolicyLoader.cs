using Pipeline.Contracts.V1;
using Pipeline.Functions.Policy.Loading;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy;

/// <summary>Reads a scheduling policy: <c>scheduling.yaml</c> explains every field. What the text leaves out has its default in the result.</summary>
public static class PolicyLoader
{
    /// <exception cref="PolicyException">The file cannot be read, or every mistake in it.</exception>
    public static SchedulingPolicy Load(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            return Parse(name, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PolicyException([new FileError(path, 1, "", e is FileNotFoundException ? "the file is missing" : $"cannot be read: {e.Message}")]);
        }
    }

    /// <param name="name">What the errors call the file.</param>
    /// <exception cref="PolicyException">Every mistake in the text.</exception>
    public static SchedulingPolicy Parse(string name, string text)
    {
        var errors = new ErrorList();
        var policy = new SchedulingPolicy();
        if (YamlTree.Read(name, text, errors) is { } root)
            Read(new Fields(name, "", root, errors), policy);
        return errors.IsEmpty ? policy : throw new PolicyException(errors.Sorted());
    }

    private static void Read(Fields root, SchedulingPolicy policy)
    {
        TenantSection.Read(root, policy);
        ProfileSection.Read(root, policy);
        PrioritySection.Read(root.Section("priority"), policy);
        RuleSections.Read(root, policy);
        root.End();
    }
}
