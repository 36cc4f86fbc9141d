namespace Pipeline.EndToEnd.Tests;

/// <summary>What an operator sees when files of the product are gone.</summary>
public class LossTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    // Checkpoints as often as they may come, so that the journal is cut and the store is needed.
    private static readonly Dictionary<string, string> ManyCheckpoints = new()
    {
        ["Hotpath:Checkpoint:EveryCommands"] = "100",
        ["Hotpath:Checkpoint:CheckInterval"] = "00:00:00.100",
        ["Hotpath:Checkpoint:MaxAge"] = "00:00:01",
    };

    [Fact]
    public async Task A_missing_witness_stops_the_start_with_its_name_until_the_loss_is_accepted()
    {
        using var product = new Product(ManyCheckpoints);
        await RepairOneAsync(product, "gpu-0003");
        product.Kill();
        File.Delete(Path.Combine(product.Data, "hotpath", "witness"));

        product.Launch();
        Assert.Equal(1, await product.Process.WaitForExitAsync(Bound));
        Assert.Contains("witness", product.Output, StringComparison.Ordinal);
        Assert.Contains("--accept-loss", product.Output, StringComparison.Ordinal);

        await product.StartAsync("--accept-loss");
        await RepairOneAsync(product, "gpu-0004", start: false);
    }

    [Fact]
    public async Task A_missing_folder_is_no_first_start_until_the_loss_is_accepted()
    {
        using var product = new Product();
        await product.StartAsync();
        product.Kill();
        Directory.Delete(Path.Combine(product.Data, "hotpath"), recursive: true);

        product.Launch();
        Assert.Equal(1, await product.Process.WaitForExitAsync(Bound));
        Assert.Contains("hotpath.begun", product.Output, StringComparison.Ordinal);
        Assert.Contains("--accept-loss", product.Output, StringComparison.Ordinal);

        await product.StartAsync("--accept-loss");
        product.Kill();
        await product.StartAsync();
    }

    [Fact]
    public async Task A_store_that_is_gone_is_made_again_while_the_journal_still_has_everything()
    {
        using var product = new Product(ManyCheckpoints);
        await RepairOneAsync(product, "gpu-0003");
        product.Kill();
        Directory.Delete(Path.Combine(product.Data, "hotpath", "store"), recursive: true);

        await product.StartAsync();
        Assert.Equal("Healthy", (await product.EndedRunOfAsync("gpu-0003", Bound)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task What_was_repaired_is_still_told_after_checkpoints_and_a_kill()
    {
        using var product = new Product(ManyCheckpoints);
        await RepairOneAsync(product, "gpu-0003");
        product.Kill();
        await product.StartAsync();
        Assert.Equal("Healthy", (await product.EndedRunOfAsync("gpu-0003", Bound)).GetProperty("state").GetString());
    }

    private static async Task RepairOneAsync(Product product, string node, bool start = true)
    {
        if (start)
            await product.StartAsync();
        await AlertToRepairTests.BreakAsync(product, node, "xid79", gpu: 1, alert: true);
        await product.EndedRunOfAsync(node, Bound);
        await product.WaitUntilReturnedAsync(node);
        await Eventually.TrueAsync("a checkpoint", Bound, () => Task.FromResult(product.Output.Contains("Checkpoint at sequence", StringComparison.Ordinal)), () => product.Output);
    }
}
