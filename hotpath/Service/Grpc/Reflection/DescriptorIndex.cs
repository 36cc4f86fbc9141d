using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Pipeline.Hotpath.Grpc.Reflection;

/// <summary>The files behind the served services, by name and by every symbol in them.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);

    public DescriptorIndex(IEnumerable<FileDescriptor> files)
    {
        foreach (var file in files)
            Add(file);
    }

    /// <summary>A file of that name, and behind it all that it imports, each once; null when there is none.</summary>
    public IReadOnlyList<ByteString>? FileByName(string name) => WithImports(_files.GetValueOrDefault(name));

    /// <summary>The file that defines a service, method, message, field, enum or enum value, in the same form.</summary>
    public IReadOnlyList<ByteString>? FileOfSymbol(string symbol) => WithImports(_symbols.GetValueOrDefault(symbol));

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
            return;
        foreach (var import in file.Dependencies)
            Add(import);
        foreach (var service in file.Services)
        {
            AddSymbol(service);
            foreach (var method in service.Methods)
                AddSymbol(method);
        }

        foreach (var message in file.MessageTypes)
            AddMessage(message);
        foreach (var type in file.EnumTypes)
            AddEnum(type);
    }

    private void AddMessage(MessageDescriptor message)
    {
        AddSymbol(message);
        foreach (var field in message.Fields.InDeclarationOrder())
            AddSymbol(field);
        foreach (var oneof in message.Oneofs)
            AddSymbol(oneof);
        foreach (var nested in message.NestedTypes)
            AddMessage(nested);
        foreach (var type in message.EnumTypes)
            AddEnum(type);
    }

    private void AddEnum(EnumDescriptor type)
    {
        AddSymbol(type);
        foreach (var value in type.Values)
            AddSymbol(value);
    }

    private void AddSymbol(IDescriptor symbol) => _symbols[symbol.FullName] = symbol.File;

    private static List<ByteString>? WithImports(FileDescriptor? file)
    {
        if (file is null)
            return null;
        var seen = new HashSet<string>(StringComparer.Ordinal) { file.Name };
        var files = new List<FileDescriptor> { file };
        for (var i = 0; i < files.Count; i++)
            files.AddRange(files[i].Dependencies.Where(import => seen.Add(import.Name)));
        return [.. files.Select(one => one.SerializedData)];
    }
}
