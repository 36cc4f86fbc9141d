using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

public sealed class PlaceFormTests
{
    private const long Now = 1_700_000_000_123;

    [Fact]
    public void Every_placement_reads_back_as_it_was_written()
    {
        // The same object is read into again and again, and must keep nothing of what it was before.
        var codec = new CommandCodec();
        Seeded.ForAll(
            random =>
            {
                var command = Any(random);
                var read = codec.Read(BytesOf(command), out var now);
                Assert.Equal(Now, now);
                Assert.Equivalent(command, read, strict: true);
                Assert.Equal(BytesOf(command), BytesOf(read));
            },
            2_000);
    }

    [Fact]
    public void A_usual_placement_takes_few_bytes_beside_its_name()
    {
        var command = new PlaceCommand { Workload = ulong.MaxValue, Name = "team-a/training-0001", GpuCount = 8, CpuMilli = 96_000, MemoryMib = 1 << 20 };
        Assert.InRange(BytesOf(command).Length - command.Name.Length, 1, 28);
        command.Groups = GroupSet.Of(1);
        command.Traits = new WorkloadTraits { Project = 12, Provisioning = Provisioning.Reserved, Category = Category.Training, ExpectedSeconds = 86_400 };
        Assert.InRange(BytesOf(command).Length - command.Name.Length, 1, 42);
    }

    [Fact]
    public void A_usual_placement_is_written_and_read_without_garbage_but_its_name()
    {
        var (command, codec, buffer) = (new PlaceCommand { Workload = 1, GpuCount = 8 }, new CommandCodec(), new byte[256]);
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var writer = new CommandWriter(buffer);
            CommandCodec.Write(ref writer, command, Now);
            codec.Read(writer.Written, out _);
            Assert.True(round == 0 || GC.GetAllocatedBytesForCurrentThread() == before);
        }
    }

    [Fact]
    public void What_ends_too_early_or_too_late_or_is_damaged_is_refused_and_nothing_else()
        => Seeded.ForAll(random =>
        {
            var command = Any(random);
            (command.Candidates, command.Selection) = (null, null);
            var bytes = BytesOf(command);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<InvalidDataException>(() => new CommandCodec().Read(bytes.AsSpan(0, length), out _));
            Assert.Throws<InvalidDataException>(() => new CommandCodec().Read([.. bytes, 0], out _));
            DamagedBytes.Each(bytes, damaged => new CommandCodec().Read(damaged, out _));
        });

    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(127UL, 1)]
    [InlineData(128UL, 2)]
    [InlineData(16_383UL, 2)]
    [InlineData(16_384UL, 3)]
    [InlineData(uint.MaxValue, 5)]
    [InlineData(ulong.MaxValue, 10)]
    public void A_number_takes_the_bytes_that_it_needs(ulong value, int bytes)
    {
        var writer = new CommandWriter([]);
        writer.Varint(value);
        Assert.Equal(bytes, writer.Written.Length);
        var reader = new CommandReader(writer.Written);
        Assert.Equal(value, reader.Varint());
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void A_number_that_does_not_end_or_is_too_large_for_its_field_is_refused()
    {
        Assert.Contains("more than 10 bytes", Assert.Throws<InvalidDataException>(() => new CommandReader([.. Enumerable.Repeat((byte)0x80, 11)]).Varint()).Message);
        Assert.Contains("4294967296", Assert.Throws<InvalidDataException>(() => new CommandReader([0x80, 0x80, 0x80, 0x80, 0x10]).Varint32()).Message);
    }

    /// <summary>Sound ones and ones that the engine refuses: a record of what was asked holds both.</summary>
    private static PlaceCommand Any(Random random)
    {
        var command = new PlaceCommand { Workload = (ulong)random.NextInt64(), GpuCount = random.Next(17) };
        if (Chance())
            command.Name = new string(random.Next(2) == 0 ? 'n' : '語', random.Next(300));
        if (Chance())
            command.GpuCount = Number();
        if (Chance())
            command.GpuMilli = Number();
        if (Chance())
            (command.CpuMilli, command.MemoryMib) = (Number() * (long)Number(), Number() * (long)Number());
        if (Chance())
            command.Groups = new GroupSet((ulong)random.NextInt64() >> random.Next(64));
        if (Chance())
            command.Traits = Traits();
        if (Chance())
            (command.Wait, command.MayPreempt, command.InTurn) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0);
        if (Chance())
            command.Actor = "ada";
        if (Chance())
            command.Selection = new NodeSelection(1 + (ulong)random.Next(100), Chance() ? null : Nodes());
        else if (Chance())
            command.Candidates = Nodes();
        return command;

        bool Chance() => random.Next(3) == 0;

        int Number() => (int)(random.NextInt64() >> random.Next(64));

        NodeSet Nodes()
        {
            var nodes = new NodeSet();
            for (var node = random.Next(100); node < 1_000; node += 1 + random.Next(300))
                nodes.Add(node);
            return nodes;
        }

        WorkloadTraits Traits() => new()
        {
            Project = Number(),
            Provisioning = (Provisioning)random.Next(3),
            Category = (Category)random.Next(4),
            Purpose = (Purpose)random.Next(4),
            Urgent = random.Next(2) == 0,
            ExpectedSeconds = Number(),
            RestartSeconds = Number(),
            Budget = random.Next(2) == 0 ? WorkloadTraits.NoBudget : Number(),
            Service = (ulong)random.NextInt64() >> random.Next(64),
            Reservation = (ulong)random.NextInt64() >> random.Next(64),
        };
    }

    private static byte[] BytesOf(Command command) => Journaled.BytesOf(command, Now);
}
