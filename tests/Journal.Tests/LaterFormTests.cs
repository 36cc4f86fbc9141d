using System.Buffers.Binary;
using Pipeline.Journal.Log;
using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>A later version has been here, and the operator has gone back to this one.</summary>
public sealed class LaterFormTests : IDisposable
{
    private const int Entries = 300;

    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Theory]
    [InlineData(LogFrame.SchemaAt, LogFrame.SchemaVersion + 1, Entries, false)]
    [InlineData(LogFrame.KindAt, (byte)FrameKind.Entries + 1, Entries, false)]
    [InlineData(LogFrame.KindAt, (byte)FrameKind.Entries + 1, Entries, true)]
    [InlineData(LogFrame.KindAt, 200, 1, false)]
    public async Task Its_frames_are_named_and_nothing_is_changed(int field, byte value, int entry, bool acceptLoss)
    {
        await WriteAsync();
        var place = Rewrite(entry, field, value);
        AssertRefused(acceptLoss, place);
    }

    [Fact]
    public async Task A_log_that_it_has_begun_is_refused_too()
    {
        await WriteAsync();
        var segment = Segments()[0];
        Rewrite(segment, (int)LogGeometry.FirstAddress + LogFrame.FasterHeaderBytes, LogFrame.SchemaAt, 2);
        AssertRefused(false, $"{segment} at offset {LogGeometry.FirstAddress}");
    }

    [Fact]
    public async Task Behind_a_damage_they_count_as_well()
    {
        await WriteAsync();
        var place = Rewrite(Entries, LogFrame.SchemaAt, 2);
        Damages.FlipEntry(Segments(), 5);
        AssertRefused(true, place);
    }

    [Theory]
    [InlineData(Entries, 0)]
    [InlineData(Entries, Entries - 1)]
    [InlineData(Entries - 10, Entries - 11)]
    public async Task A_state_is_refused_too_though_its_checkpoint_covers_them(int entry, int damaged)
    {
        await using (var state = DurableState.Open(SmallState(_dir)))
        {
            for (var commit = 0; commit < Entries; commit++)
                await state.Log.AppendAndCommit(1);
            await state.CheckpointAsync(Entries, [Record(1, "a")], []);
        }
        var place = Rewrite(entry, LogFrame.KindAt, 9);
        if (damaged > 0)
            Damages.FlipEntry(Segments(), damaged);
        var refused = Assert.Throws<LaterVersionException>(() => DurableState.Open(SmallState(_dir)));
        Assert.StartsWith(place, refused.Message);
    }

    [Fact]
    public async Task One_that_is_not_intact_is_a_torn_write_like_any_other()
    {
        await WriteAsync();
        var place = Rewrite(Entries, LogFrame.SchemaAt, 2);
        var offset = long.Parse(place[(place.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        Damages.Flip(place[..place.IndexOf(" at ", StringComparison.Ordinal)], offset + LogFrame.FasterHeaderBytes + LogFrame.HeaderBytes);
        Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(_dir)));
    }

    private async Task WriteAsync()
    {
        await using var log = DurableLog.Open(Small(_dir));
        await log.AppendAndCommit(Entries);
    }

    private void AssertRefused(bool acceptLoss, string place)
    {
        var before = Directory.GetFiles(_dir.Path).ToDictionary(path => path, File.ReadAllBytes);
        var refused = Assert.Throws<LaterVersionException>(() => DurableLog.Open(Small(_dir) with { AcceptLoss = acceptLoss }));
        Assert.StartsWith(place, refused.Message);
        Assert.Equal(before.Keys.Order(), Directory.GetFiles(_dir.Path).Order());
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
    }

    private string[] Segments() => [.. Directory.GetFiles(_dir.Path, "segment.*", SearchOption.AllDirectories).Order()];

    /// <summary>Changes the frame that an entry is in as a later version might have written it, and returns where that is.</summary>
    private string Rewrite(long entry, int field, byte value)
    {
        var payload = Payload(entry);
        foreach (var segment in Segments())
        {
            var content = File.ReadAllBytes(segment);
            if (content.AsSpan().LastIndexOf(payload) is not (>= 0 and var at))
                continue;
            for (; !IsFrame(content, at); at--)
            {
            }
            Rewrite(segment, at, field, value);
            return $"{segment} at offset {at - LogFrame.FasterHeaderBytes}";
        }
        throw new InvalidOperationException($"Entry {entry} was not found.");
    }

    private static bool IsFrame(byte[] content, int at)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at - sizeof(int)));
        return length >= LogFrame.HeaderBytes && length <= content.Length - at && LogFrame.TryRead(content.AsSpan(at, length), out _);
    }

    private static void Rewrite(string segment, int at, int field, byte value)
    {
        var content = File.ReadAllBytes(segment);
        var frame = content.AsSpan(at, BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at - sizeof(int))));
        frame[field] = value;
        LogFrame.Seal(frame);
        File.WriteAllBytes(segment, content);
    }
}
