using Pipeline.Contracts.V1;
using Pipeline.Functions.Repair.Playbooks.Loading;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Repair.Playbooks;

/// <summary>Reads a folder of playbooks.</summary>
public static class PlaybookLoader
{
    private const string TaxonomyName = "taxonomy.yaml";
    private const string GuardName = "guard.yaml";

    /// <param name="directory">Holds <c>taxonomy.yaml</c>, <c>guard.yaml</c> and one <c>*.yaml</c> for each fault class; subfolders are not read.</param>
    /// <param name="repeatable">Whether a step may be done again after nobody learnt how its last attempt ended; its executor knows.</param>
    /// <exception cref="PlaybookException">Every mistake in every file.</exception>
    public static PlaybookSet Load(string directory, Func<StepKind, bool> repeatable)
    {
        var errors = new ErrorList();
        var files = Files(directory, errors);
        var policy = new RepairPolicy();

        var classes = new ClassCatalog();
        foreach (var path in files.Where(path => Path.GetFileName(path) is not (TaxonomyName or GuardName)))
        {
            if (Open(path, errors) is { } fields)
                ClassFile.Read(fields, repeatable, classes);
        }

        policy.Classes.AddRange(classes.Usable);
        if (Open(Path.Combine(directory, GuardName), errors) is { } guard)
            GuardFile.Read(guard, policy);
        var taxonomy = Open(Path.Combine(directory, TaxonomyName), errors) is { } root ? TaxonomyFile.Read(root, classes, policy) : null;

        ThrowIfAny(errors);
        return new(policy, taxonomy!);
    }

    private static string[] Files(string directory, ErrorList errors)
    {
        if (!Directory.Exists(directory))
        {
            errors.Add(directory, 1, "", "there is no such folder");
            ThrowIfAny(errors);
        }

        // A file that is passed over in silence would be a playbook that somebody believes in.
        foreach (var path in Directory.GetFiles(directory, "*.yml"))
            errors.Add(Path.GetFileName(path), 1, "", "name it .yaml, or it is not read");
        var files = Directory.GetFiles(directory, "*.yaml");
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static void ThrowIfAny(ErrorList errors)
    {
        if (!errors.IsEmpty)
            throw new PlaybookException(errors.Sorted());
    }

    private static Fields? Open(string path, ErrorList errors)
    {
        var name = Path.GetFileName(path);
        try
        {
            return YamlTree.Read(name, File.ReadAllText(path), errors) is { } root ? new Fields(name, "", root, errors) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(name, 1, "", e is FileNotFoundException ? "the file is missing" : $"cannot be read: {e.Message}");
            return null;
        }
    }
}
