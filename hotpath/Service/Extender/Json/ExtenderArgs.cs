using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Extender.Json;

/// <summary>
/// <c>ExtenderArgs</c> (k8s.io/kube-scheduler/extender/v1): a pod, and names of nodes or whole nodes. None of its structs has JSON tags, so
/// the names are Go's, and a nil pointer is null. Node objects stay the bytes that they came as.
/// </summary>
internal sealed class ExtenderArgs : IDisposable
{
    private const int NameRoom = 32 << 10;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly PooledBytes _names = new(NameRoom);
    private readonly List<(int Start, int Length)> _nodes = [];
    private Pod? _pod;
    private bool _hasNames;
    private bool _hasNodes;

    private ExtenderArgs(ReadOnlyMemory<byte> body) => _body = body;

    public Pod Pod => _pod!;

    /// <summary>Only names were sent (<c>nodeCacheCapable</c>), and names are to be answered.</summary>
    public bool NamesOnly => _hasNames;

    /// <summary>Names of the nodes, each ended by a line feed.</summary>
    public ReadOnlyMemory<byte> Names => _names.Memory;

    /// <param name="body">Kept until disposal.</param>
    /// <exception cref="RequestRefusedException">It is no such object; names the field.</exception>
    public static ExtenderArgs Read(ReadOnlyMemory<byte> body)
    {
        var args = new ExtenderArgs(body);
        try
        {
            args.Read();
            return args;
        }
        catch
        {
            args.Dispose();
            throw;
        }
    }

    /// <summary>The node of a request with whole nodes, in the order of the names.</summary>
    public ReadOnlySpan<byte> NodeAt(int position) => _body.Span.Slice(_nodes[position].Start, _nodes[position].Length);

    public void Dispose() => _names.Dispose();

    private void Read()
    {
        var reader = new Utf8JsonReader(_body.Span);
        JsonFields.ReadObject(ref reader, "", this, static (ref Utf8JsonReader value, string name, ExtenderArgs args) => args.ReadField(ref value, name));
        if (_pod is null)
            throw RequestRefusedException.InvalidArgument("Pod", "must be present");
        if (_hasNames == _hasNodes)
            throw RequestRefusedException.InvalidArgument("NodeNames", _hasNames ? "is given beside Nodes" : "must be present, or Nodes");
    }

    private void ReadField(ref Utf8JsonReader value, string name)
    {
        switch (name)
        {
            case "Pod" when value.TokenType != JsonTokenType.Null:
                _pod = JsonFields.ReadPod(ref value, _body.Span, "Pod");
                break;
            case "NodeNames" when value.TokenType != JsonTokenType.Null:
                _hasNames = true;
                ReadNames(ref value);
                break;
            case "Nodes" when value.TokenType != JsonTokenType.Null:
                _hasNodes = true;
                JsonFields.ReadObject(ref value, "Nodes", this, static (ref Utf8JsonReader list, string field, ExtenderArgs args) =>
                {
                    if (field == "items" && list.TokenType != JsonTokenType.Null)
                        args.ReadNodes(ref list);
                    else
                        list.Skip();
                });
                break;
            default:
                value.Skip();
                break;
        }
    }

    private void ReadNames(ref Utf8JsonReader reader)
    {
        JsonFields.Expect(reader, JsonTokenType.StartArray, "NodeNames");
        for (var at = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; at++)
            AddName(ref reader, "NodeNames", at);
    }

    private void ReadNodes(ref Utf8JsonReader reader)
    {
        JsonFields.Expect(reader, JsonTokenType.StartArray, "Nodes.items");
        for (var at = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; at++)
        {
            var (start, named) = ((int)reader.TokenStartIndex, _names.Length);
            JsonFields.ReadObject(ref reader, "Nodes.items", (Args: this, At: at), static (ref Utf8JsonReader node, string field, (ExtenderArgs Args, int At) to) =>
            {
                if (field == "metadata")
                    to.Args.ReadNameOf(ref node, to.At);
                else
                    node.Skip();
            });
            if (_names.Length == named)
                throw RequestRefusedException.InvalidArgument($"Nodes.items[{at}].metadata.name", "must be present");
            _nodes.Add((start, (int)reader.BytesConsumed - start));
        }
    }

    private void ReadNameOf(ref Utf8JsonReader metadata, int at)
        => JsonFields.ReadObject(
            ref metadata, "Nodes.items.metadata", (Args: this, At: at), static (ref Utf8JsonReader value, string field, (ExtenderArgs Args, int At) to) =>
        {
            if (field == "name")
                to.Args.AddName(ref value, "Nodes.items", to.At);
            else
                value.Skip();
        });

    private void AddName(ref Utf8JsonReader reader, string list, int at)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw RequestRefusedException.InvalidArgument($"{list}[{at}]", "must be the name of a node");
        var room = _names.Room(reader.ValueSpan.Length + 1).Span;
        var length = Copy(reader, room);
        if (length == 0 || room[..length].Contains((byte)'\n'))
            throw RequestRefusedException.InvalidArgument($"{list}[{at}]", "must be the name of a node");
        room[length] = (byte)'\n';
        _names.Advance(length + 1);
    }

    /// <returns>Bytes; 0 also where it has half a character.</returns>
    private static int Copy(in Utf8JsonReader reader, Span<byte> room)
    {
        try
        {
            return reader.CopyString(room);
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }
}
