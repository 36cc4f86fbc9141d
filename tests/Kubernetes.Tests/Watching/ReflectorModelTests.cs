using FsCheck;
using FsCheck.Fluent;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Kubernetes.Tests.Watching;

public class ReflectorModelTests
{
    private enum Act
    {
        Put,
        PutAnother,
        Delete,
        Forget,
        End,
        Reset,
    }

    /// <summary>Also: no deletion of what the model does not have, which <see cref="ChangeModel{T}"/> asserts.</summary>
    [Fact]
    public void The_model_becomes_the_servers_whatever_is_cut_and_forgotten()
    {
        var acts = Gen.Elements(Act.Put, Act.Put, Act.PutAnother, Act.PutAnother, Act.Delete, Act.Forget, Act.End, Act.Reset);
        var histories = from seed in Gen.Choose(0, int.MaxValue)
                        from steps in acts.ListOf()
                        select (seed, steps: steps.ToArray());
        Prop.ForAll(histories.ToArbitrary(), history => FollowAsync(history.seed, history.steps).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60)));
    }

    private static async Task<bool> FollowAsync(int seed, Act[] acts)
    {
        var history = new HistoryServer(seed);
        await using var server = await ApiDouble.StartAsync(history.ServeAsync);
        using var client = server.Client();
        var reflector = new Reflector<Node>(client, Kinds.Nodes, new() { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(2) });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Patience.Token);
        await using var changes = reflector.ReadAsync(stop.Token).GetAsyncEnumerator();
        var model = new ChangeModel<Node>();
        var random = new Random(seed);
        foreach (var act in acts)
        {
            switch (act)
            {
                case Act.Put or Act.PutAnother:
                    history.Put($"n{random.Next(4)}");
                    break;
                case Act.Delete:
                    history.Delete($"n{random.Next(4)}");
                    break;
                case Act.Forget:
                    history.Forget();
                    break;
                default:
                    history.CutWatches(rudely: act == Act.Reset);
                    break;
            }

            // The reader is sometimes far behind.
            if (random.Next(3) == 0)
                await UntilAsync(changes, model, history);
        }

        await UntilAsync(changes, model, history);
        return true;
    }

    private static async Task UntilAsync(IAsyncEnumerator<Change<Node>> changes, ChangeModel<Node> model, HistoryServer history)
    {
        while (!Equal(model, history))
        {
            Assert.True(await changes.MoveNextAsync());
            model.Apply(changes.Current);
        }
    }

    private static bool Equal(ChangeModel<Node> model, HistoryServer history)
        => model.Lists > 0 && model.Versions.ToDictionary(pair => pair.Key.Name, pair => int.Parse(pair.Value, System.Globalization.CultureInfo.InvariantCulture)).OrderBy(pair => pair.Key)
            .SequenceEqual(history.Nodes.OrderBy(pair => pair.Key));
}
