using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

public class PoolTests
{
    private const int Room = 8_000;

    [Fact]
    public void The_index_the_vector_scan_and_the_plain_loop_agree_after_any_changes()
        => Seeded.ForAll(random =>
        {
            var (pool, seats) = NewPool();
            var members = new bool[Room];
            var some = Enumerable.Range(0, random.Next(10, Room)).Where(_ => random.Next(20) != 0).ToArray();
            foreach (var node in some)
                Change(random, pool, seats, members, node);
            for (var round = 0; round < 30; round++)
            {
                for (var change = 0; change < 100; change++)
                    Change(random, pool, seats, members, random.Next(50) == 0 ? random.Next(Room) : some[random.Next(some.Length)]);
                var (excluded, candidates) = (new List<int>(), random.Next(2) == 0 ? Candidates(random) : null);
                var (free, tilt, need) = (random.Next(9), random.Next(-20, 21), AnyRoom(random));
                while (excluded.Count < 4)
                {
                    var wish = new Wish(need, need.Share > 0 ? 0 : free, tilt, candidates, excluded.ToArray());
                    var expected = RowScan.BestFitScalar(pool.Rows, pool.PositionCount, wish);
                    Assert.Equal(expected, RowScan.BestFit(pool.Rows, pool.PositionCount, wish));
                    Assert.Equal(expected, pool.BestFit(wish));
                    if (expected < 0)
                        break;
                    excluded.Add(pool.Rows.Node[expected]);
                }
            }
        }, 30);

    [Fact]
    public void A_need_that_no_single_node_covers_is_refused_though_every_block_seems_to_cover_it()
    {
        var (pool, seats) = NewPool();
        for (var node = 0; node < 20_000; node++)
            Put(pool, seats, node, node % 2 == 0 ? new Headroom(100, 1, 0) : new Headroom(1, 100, 0));
        var wish = new Wish(new Headroom(100, 100, 0), 0, 0, null, []);
        Assert.Equal(-1, pool.BestFit(wish));
        pool.Set(seats[19_999].Position, At(new Headroom(100, 100, 0)));
        Assert.Equal(19_999, pool.BestFit(wish));
    }

    [Fact]
    public void A_search_in_vain_sets_the_summaries_right_so_that_the_next_one_looks_nowhere()
    {
        var nodes = Misleading(out var rows);
        var wish = new Wish(new Headroom(1, 1, 0), 0, 0, null, []);
        var patience = int.MaxValue;
        Assert.Equal(FreeClass.None, nodes.FirstFit(rows, wish, ref patience));
        Assert.Equal(4096 / 64 + 1, int.MaxValue - patience);
        patience = 0;
        Assert.Equal(FreeClass.None, nodes.FirstFit(rows, wish, ref patience));
        Assert.Equal(0, patience);
    }

    [Fact]
    public void A_search_gives_up_when_its_patience_ends()
    {
        var nodes = Misleading(out var rows);
        var patience = 3;
        Assert.Equal(FreeClass.OutOfPatience, nodes.FirstFit(rows, new Wish(new Headroom(1, 1, 0), 0, 0, null, []), ref patience));
    }

    [Fact]
    public void Nodes_that_join_out_of_order_are_still_chosen_by_the_lowest_index()
    {
        var (pool, seats) = NewPool();
        foreach (var node in new[] { 900, 5, 300, 7 })
            Put(pool, seats, node, new Headroom(1, 1, 0));
        Assert.Equal(5, pool.Rows.Node[pool.BestFit(new Wish(default, 1, 0, null, []))]);
        pool.Leave(5);
        Assert.Equal(7, pool.Rows.Node[pool.BestFit(new Wish(default, 1, 0, null, []))]);
    }

    [Fact]
    public void Of_several_pools_the_best_node_wins_whatever_the_order_of_the_pools()
    {
        var index = new PlacementIndex();
        var (one, other) = (index.AddPool(), index.AddPool());
        foreach (var (node, pool, free) in new[] { (0, one, 4), (1, other, 2), (2, one, 2) })
        {
            index.Join(node, pool);
            index.Set(node, new Standing(free, 0, false, new Headroom(1, 1, 0)));
        }
        Assert.Equal(1, index.BestFit([one, other], new Wish(default, 1, 0, null, [])));
        Assert.Equal(1, index.BestFit([other, one], new Wish(default, 1, 0, null, [])));
        Assert.Equal(2, index.BestFit([one], new Wish(default, 1, 0, null, [])));
        Assert.Equal(0, index.BestFit([one, other], new Wish(default, 1, 0, null, [1, 2])));
        Assert.Equal(-1, index.BestFit([one, other], new Wish(default, 5, 0, null, [])));
        var zero = new NodeSet();
        Assert.Equal(-1, index.BestFit([one, other], new Wish(default, 1, 0, zero, [])));
        zero.Add(0);
        Assert.Equal(0, index.BestFit([one, other], new Wish(default, 1, 0, zero, [])));
    }

    private static NodeSet Candidates(Random random)
    {
        var (candidates, share) = (new NodeSet(), random.Next(1, 400));
        for (var node = 0; node < Room; node++)
        {
            if (random.Next(share) == 0)
                candidates.Add(node);
        }
        return candidates;
    }

    private static (Pool Pool, Seats Seats) NewPool()
    {
        var seats = new Seats();
        return (new Pool(0, seats), seats);
    }

    private static void Put(Pool pool, Seats seats, int node, Headroom room)
    {
        pool.Join(node);
        pool.Set(seats[node].Position, At(room));
    }

    private static Standing At(Headroom room) => new(4, 3, false, room);

    // Every block promises room; no node has any.
    private static FreeClass Misleading(out PoolRows rows)
    {
        rows = new PoolRows();
        rows.Resize(4096);
        var nodes = new FreeClass();
        for (var position = 0; position < 4096; position++)
        {
            nodes.Add(position);
            nodes.Raise(position, new Headroom(100, 100, 0));
        }
        return nodes;
    }

    private static void Change(Random random, Pool pool, Seats seats, bool[] members, int node)
    {
        if (members[node] && random.Next(4) == 0)
        {
            pool.Leave(node);
            members[node] = false;
            return;
        }
        if (!members[node])
            pool.Join(node);
        members[node] = true;
        var free = random.Next(-1, 9);
        pool.Set(seats[node].Position, free < 0
            ? Standing.Out
            : new Standing(free, random.Next(Stranding.Max + 1), random.Next(4) == 0, AnyRoom(random)));
    }

    private static Headroom AnyRoom(Random random) => new(random.Next(6), random.Next(6), random.Next(3) * 100);
}
