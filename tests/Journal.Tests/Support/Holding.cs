using System.Text;

namespace Pipeline.Journal.Tests.Support;

/// <summary>What a state held when it was opened with <see cref="Reader"/>: the image first, then entries whose payloads are those of <see cref="LogHelp.Payload"/>.</summary>
internal sealed class Holding
{
    private Dictionary<ulong, byte[]>? _image;

    public StateReader Reader => new(
        image =>
        {
            Assert.Null(_image);
            Assert.Empty(Entries);
            _image = image.ToDictionary(record => record.Key, record => record.Value.ToArray());
        },
        (sequence, payload) =>
        {
            Assert.Equal(LogHelp.Payload(sequence), payload.ToArray());
            Entries.Add(sequence);
        });

    public Dictionary<ulong, byte[]> Image => _image ?? throw new InvalidOperationException("The state gave no image.");

    public Dictionary<ulong, string> Records => Image.ToDictionary(record => record.Key, record => Encoding.UTF8.GetString(record.Value));

    public List<long> Entries { get; } = [];
}
