using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tests.Support;
using Xunit.Abstractions;

namespace Pipeline.Scheduling.Tests;

/// <summary>Every kind of command mixed, with checkpoints and crashes: what a journal brings back is what there was, bit for bit.</summary>
public class CrashTests(ITestOutputHelper output)
{
    private const int Soak = 1_000_000;

    [Fact]
    public void After_a_million_commands_with_crashes_in_between_every_count_is_right()
    {
        var seed = Environment.GetEnvironmentVariable("PIPELINE_SOAK_SEED") is { Length: > 0 } given ? int.Parse(given) : 20_260;
        output.WriteLine($"seed {seed}");
        var (world, random) = (new JournaledWorld(), new Random(seed));
        foreach (var (command, elapsed) in new MixedScript(seed, Soak).Steps())
        {
            world.Do(command, elapsed);
            if (random.Next(20_000) == 0)
                world.Checkpoint();
            if (random.Next(50_000) == 0)
                world.CrashAndRecover();
        }
        world.CrashAndRecover();
        Recount.Check(world.Cluster);
        Recount.CheckQuarantines(world.Cluster);
        Assert.True(world.Crashes > 5 && world.Checkpoints > 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_crash_after_any_command_forgets_nothing(int seed)
    {
        var (world, random) = (new JournaledWorld(), new Random(seed));
        foreach (var (command, elapsed) in new MixedScript(seed, 400).Steps())
        {
            world.Do(command, elapsed);
            if (random.Next(10) == 0)
                world.Checkpoint();
            world.CrashAndRecover();
        }
        Recount.Check(world.Cluster);
        Recount.CheckQuarantines(world.Cluster);
    }

    /// <summary>An engine, and what its journal and its last checkpoint hold.</summary>
    private sealed class JournaledWorld
    {
        private readonly List<byte[]> _journal = [];
        private readonly CommandCodec _codec = new();
        private List<KeyValuePair<ulong, ReadOnlyMemory<byte>>> _image = [];

        public TestCluster Cluster { get; private set; } = new();

        public int Crashes { get; private set; }

        public int Checkpoints { get; private set; }

        public void Do(Command command, long elapsed)
        {
            Cluster.Now += elapsed;
            Cluster.Effects.Clear();
            var writer = new CommandWriter(new byte[256]);
            CommandCodec.Write(ref writer, command, Cluster.Now);
            if (Cluster.Do(command).Changed)
                _journal.Add(writer.Written.ToArray());
        }

        public void Checkpoint()
        {
            _image = Cluster.Snapshot().Parts().Image();
            _journal.Clear();
            Checkpoints++;
        }

        public void CrashAndRecover()
        {
            var before = Cluster.Snapshot().ImageHash();
            var recovered = new TestCluster(ClusterState.Restore(_image)) { Now = Cluster.Now };
            foreach (var bytes in _journal)
            {
                Engine.Step(recovered.State, _codec.Read(bytes, out var now), now, recovered.Effects);
                recovered.Effects.Clear();
            }
            Assert.Equal(before, recovered.Snapshot().ImageHash());
            Cluster = recovered;
            Crashes++;
        }
    }
}
