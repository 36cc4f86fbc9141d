using System.Buffers.Binary;
using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class RepairCodecTests
{
    private const int Now = 1_234;

    private delegate void WriteItem<T>(ref CommandWriter writer, T item);

    private delegate T ReadItem<T>(ref CommandReader reader);

    [Fact]
    public void Every_repair_command_reads_back_as_it_was_written()
        => ForAll(RepairGenerators.Commands, command =>
        {
            var read = new CommandCodec().Read(BytesOf(command), out var now);
            Assert.Equal(Now, now);
            Assert.Equal(Describe(command), Describe(read));
            Assert.Equal(BytesOf(command), BytesOf(read));
        });

    [Fact]
    public void Every_run_reads_back_as_it_was_written() => RoundTrips(RepairGenerators.Runs, RepairCodec.Write, RepairCodec.ReadRun);

    [Fact]
    public void Every_alert_record_reads_back_as_it_was_written() => RoundTrips(RepairGenerators.Records, RepairCodec.Write, RepairCodec.ReadAlertRecord);

    [Fact]
    public void Every_policy_reads_back_as_it_was_written() => RoundTrips(RepairGenerators.Policies, RepairCodec.Write, RepairCodec.ReadPolicy);

    [Fact]
    public void A_policy_has_the_same_bytes_whatever_order_it_was_put_together_in()
    {
        var backwards = Playbook.Standard with
        {
            Classes = Playbook.Standard.Classes.Clear().AddRange(Playbook.Standard.Classes.OrderByDescending(pair => pair.Key, StringComparer.Ordinal)),
            Xids = Playbook.Standard.Xids.Clear().AddRange(Playbook.Standard.Xids.OrderByDescending(pair => pair.Key)),
        };

        Assert.True(SameBytes.Of(Playbook.Standard, backwards, RepairCodec.Write));
        Assert.False(SameBytes.Of(Playbook.Standard, Playbook.Standard with { MaxAttempts = 11 }, RepairCodec.Write));
    }

    [Fact]
    public void Bytes_that_end_too_early_are_no_command()
        => ForAll(RepairGenerators.Commands, command =>
        {
            var bytes = BytesOf(command);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<InvalidDataException>(() => new CommandCodec().Read(bytes.AsSpan(0, length), out _));
        });

    [Fact]
    public void Bytes_left_over_are_no_command()
        => ForAll(RepairGenerators.Commands, command => Assert.Throws<InvalidDataException>(() => new CommandCodec().Read([.. BytesOf(command), 0], out _)));

    [Fact]
    public void Damaged_bytes_are_a_command_or_invalid_data_and_nothing_else()
        => ForAll(RepairGenerators.Commands, command => DamagedBytes.Each(BytesOf(command), bytes => new CommandCodec().Read(bytes, out _)));

    [Fact]
    public void Damaged_runs_are_runs_or_invalid_data_and_nothing_else()
        => ForAll(RepairGenerators.Runs, run => DamagedBytes.Each(BytesOf(run, RepairCodec.Write), bytes =>
        {
            var reader = new CommandReader(bytes);
            RepairCodec.ReadRun(ref reader);
        }));

    [Fact]
    public void A_policy_that_names_a_class_twice_is_invalid_data()
    {
        var fault = Playbook.Fault("a", 1);
        var bytes = BytesOf(Playbook.Of(fault, Playbook.Fault("b", 2)), RepairCodec.Write);
        bytes[bytes.AsSpan().IndexOf("b"u8)] = (byte)'a';

        Assert.Throws<InvalidDataException>(() =>
        {
            var reader = new CommandReader(bytes);
            RepairCodec.ReadPolicy(ref reader);
        });
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(100_000_000)]
    public void A_list_that_claims_more_than_there_is_allocates_nothing(int count)
    {
        var bytes = BytesOf(new ReportAlertsCommand { Source = "x" });
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(bytes.Length - 4), count);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<InvalidDataException>(() => new CommandCodec().Read(bytes, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    private static void RoundTrips<T>(Gen<T> items, WriteItem<T> write, ReadItem<T> read)
        => ForAll(items, item =>
        {
            var bytes = BytesOf(item, write);
            var reader = new CommandReader(bytes);
            var back = read(ref reader);
            Assert.True(reader.AtEnd);
            Assert.Equivalent(item, back, strict: true);
            Assert.Equal(bytes, BytesOf(back, write));
        });

    private static void ForAll<T>(Gen<T> items, Action<T> check)
        => Prop.ForAll(items.ToArbitrary(), check).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60)));

    private static byte[] BytesOf<T>(T item, WriteItem<T> write)
    {
        var writer = new CommandWriter(new byte[16]);
        write(ref writer, item);
        return writer.Written.ToArray();
    }

    private static byte[] BytesOf(Command command) => Journaled.BytesOf(command, Now);

    /// <summary>The plain fields of a command; what is composite is compared by its bytes.</summary>
    private static string Describe(Command command) => command.Kind + " " + string.Join(
        ", ", command.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.PropertyType.Namespace != "System.Collections.Immutable" && property.PropertyType != typeof(RepairPolicy) && property.PropertyType != typeof(Run))
            .Select(property => $"{property.Name} = {property.GetValue(command)}"));
}
