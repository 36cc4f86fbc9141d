using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Pipeline.Scheduling;

namespace Pipeline.Architecture.Tests;

/// <summary>The engine is a function of its commands: what it compiles to may not even name a clock, I/O, a task or a source of chance.</summary>
public class PurityTests
{
    /// <summary>With all that are below them.</summary>
    private static readonly string[] BannedNamespaces =
        ["System.IO", "System.Net", "System.Threading", "System.Diagnostics", "System.Timers", "System.Security.Cryptography", "Microsoft.Extensions.Logging"];

    /// <summary>Says what a compiler may assume, and does nothing.</summary>
    private const string Annotations = "System.Diagnostics.CodeAnalysis";

    // The error for damaged bytes lives in an I/O namespace, and the compiler's own helpers in others.
    private static readonly string[] Exceptions =
    [
        "System.IO.InvalidDataException", "System.Diagnostics.DebuggableAttribute", "System.Diagnostics.DebuggerBrowsableState",
        "System.Diagnostics.DebuggerBrowsableAttribute", "System.Diagnostics.DebuggerHiddenAttribute", "System.Diagnostics.UnreachableException",
        "System.Diagnostics.Debug",
        // Readers of a snapshot build its name map on first use.
        "System.Threading.Volatile",
    ];

    private static readonly string[] BannedTypes =
        ["System.Random", "System.TimeProvider", "System.Console", "System.TimeZoneInfo", "System.HashCode"];

    private static readonly string[] BannedMembers =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow",
        "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.String.GetHashCode",
    ];

    [Theory]
    [InlineData(typeof(Engine))]
    [InlineData(typeof(Pipeline.Insight.LatencyHistogram))]
    public void A_pure_assembly_names_nothing_impure(Type anchor) => Assert.Empty(ImpureReferences(anchor.Assembly.Location));

    /// <summary>The check itself must see what it bans, or green would mean nothing.</summary>
    [Fact]
    public void The_check_finds_what_is_impure_in_an_impure_assembly()
    {
        var found = ImpureReferences(typeof(Pipeline.Hotpath.Loop.EngineLoop).Assembly.Location).ToList();
        Assert.Contains("System.TimeProvider", found);
        Assert.Contains("System.Threading.Tasks.Task", found);
        Assert.Contains("System.Threading.Channels.Channel", found);
    }

    [Theory]
    [InlineData("System.Net.Http.HttpClient", true)]
    [InlineData("System.Net.Sockets.Socket", true)]
    [InlineData("System.IO.File", true)]
    [InlineData("System.IO.MemoryMappedFiles.MemoryMappedFile", true)]
    [InlineData("System.Threading.Channels.Channel", true)]
    [InlineData("System.Diagnostics.Stopwatch", true)]
    [InlineData("System.Diagnostics.Metrics.Meter", true)]
    [InlineData("System.HashCode", true)]
    [InlineData("System.IO.InvalidDataException", false)]
    [InlineData("System.Diagnostics.CodeAnalysis.NotNullWhenAttribute", false)]
    [InlineData("System.IOther.Type", false)]
    [InlineData("System.Collections.Generic.List", false)]
    public void A_namespace_is_banned_with_all_below_it(string type, bool banned) => Assert.Equal(banned, IsBanned(type));

    private static IEnumerable<string> ImpureReferences(string assembly)
    {
        using var stream = File.OpenRead(assembly);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeReferences)
        {
            var type = FullName(metadata, handle);
            if (IsBanned(type))
                found.Add(type);
        }

        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference)
                continue;
            var name = FullName(metadata, (TypeReferenceHandle)member.Parent) + "." + metadata.GetString(member.Name);
            // Compiled iterators ask for their thread; everything else of the environment is the outside world.
            if (BannedMembers.Contains(name) || (name.StartsWith("System.Environment.", StringComparison.Ordinal) && name != "System.Environment.get_CurrentManagedThreadId"))
                found.Add(name);
        }

        return found;
    }

    private static bool IsBanned(string type)
        => !Exceptions.Contains(type) && NamespaceOf(type) != Annotations
            && (BannedTypes.Contains(type) || BannedNamespaces.Any(banned => type.StartsWith(banned + ".", StringComparison.Ordinal)));

    private static string FullName(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }

    private static string NamespaceOf(string type) => type[..type.LastIndexOf('.')];
}
