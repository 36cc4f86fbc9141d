using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Tests.Placement;

public class PoolTests
{
    private const int Room = 8_000;

    [Fact]
    public void The_index_the_vector_scan_and_the_plain_loop_agree_after_any_changes()
        => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var pool = new Pool();
            var positions = new int[Room];
            var members = new bool[Room];
            var some = Enumerable.Range(0, random.Next(10, Room)).Where(_ => random.Next(20) != 0).ToArray();
            foreach (var node in some)
                Change(random, pool, positions, members, node);
            for (var round = 0; round < 30; round++)
            {
                for (var change = 0; change < 100; change++)
                    Change(random, pool, positions, members, random.Next(50) == 0 ? random.Next(Room) : some[random.Next(some.Length)]);
                var (free, need) = (random.Next(9), AnyRoom(random));
                var expected = ColumnScan.BestFitScalar(pool.Columns, pool.PositionCount, free, need);
                Assert.Equal(expected, ColumnScan.BestFit(pool.Columns, pool.PositionCount, free, need));
                Assert.Equal(expected, pool.BestFit(free, need, out _) is >= 0 and var node ? positions[node] : -1);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void A_need_that_no_single_node_covers_is_refused_though_every_block_seems_to_cover_it()
    {
        var (pool, positions) = Filled(20_000, i => i % 2 == 0 ? new Headroom(100, 1, 0) : new Headroom(1, 100, 0));
        Assert.Equal(-1, pool.BestFit(0, new Headroom(100, 100, 0), out _));
        pool.Set(positions[19_999], 4, new Headroom(100, 100, 0));
        Assert.Equal(19_999, pool.BestFit(0, new Headroom(100, 100, 0), out _));
    }

    [Fact]
    public void A_search_in_vain_sets_the_summaries_right_so_that_the_next_one_looks_nowhere()
    {
        var columns = new HeadroomColumns(new byte[4096], new int[4096], new int[4096], new ushort[4096]);
        var nodes = new FreeClass();
        for (var position = 0; position < 4096; position++)
        {
            nodes.Add(position);
            nodes.Raise(position, new Headroom(100, 100, 0));
        }
        var patience = int.MaxValue;
        Assert.Equal(FreeClass.None, nodes.FirstFit(columns, new Headroom(1, 1, 0), ref patience));
        Assert.Equal(4096 / 64 + 1, int.MaxValue - patience);
        patience = 0;
        Assert.Equal(FreeClass.None, nodes.FirstFit(columns, new Headroom(1, 1, 0), ref patience));
        Assert.Equal(0, patience);
    }

    [Fact]
    public void A_search_gives_up_when_its_patience_ends()
    {
        var columns = new HeadroomColumns(new byte[4096], new int[4096], new int[4096], new ushort[4096]);
        var nodes = new FreeClass();
        for (var position = 0; position < 4096; position++)
        {
            nodes.Add(position);
            nodes.Raise(position, new Headroom(100, 100, 0));
        }
        var patience = 3;
        Assert.Equal(FreeClass.OutOfPatience, nodes.FirstFit(columns, new Headroom(1, 1, 0), ref patience));
    }

    [Fact]
    public void Nodes_that_join_out_of_order_are_still_chosen_by_the_lowest_index()
    {
        var pool = new Pool();
        var positions = new int[1000];
        foreach (var node in new[] { 900, 5, 300, 7 })
        {
            pool.Join(node, positions);
            pool.Set(positions[node], 8, new Headroom(1, 1, 0));
        }
        Assert.Equal(5, pool.BestFit(1, default, out _));
        pool.Leave(positions[5], positions);
        Assert.Equal(7, pool.BestFit(1, default, out _));
    }

    private static (Pool Pool, int[] Positions) Filled(int count, Func<int, Headroom> room)
    {
        var (pool, positions) = (new Pool(), new int[count]);
        for (var node = 0; node < count; node++)
        {
            pool.Join(node, positions);
            pool.Set(positions[node], 4, room(node));
        }
        return (pool, positions);
    }

    private static void Change(Random random, Pool pool, int[] positions, bool[] members, int node)
    {
        if (members[node] && random.Next(4) == 0)
        {
            pool.Leave(positions[node], positions);
            members[node] = false;
            return;
        }
        if (!members[node])
            pool.Join(node, positions);
        members[node] = true;
        pool.Set(positions[node], random.Next(-1, 9), AnyRoom(random));
    }

    private static Headroom AnyRoom(Random random) => new(random.Next(6), random.Next(6), random.Next(3) * 100);
}
