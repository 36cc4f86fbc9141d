using System.Text;

namespace Pipeline.Kubernetes.Transport;

/// <summary>A path with its query.</summary>
internal struct QueryText(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    /// <param name="value">Null: the parameter is left out.</param>
    public QueryText With(string name, string? value)
    {
        if (value is null)
            return this;
        _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        _separator = '&';
        return this;
    }

    public override readonly string ToString() => _text.ToString();
}
