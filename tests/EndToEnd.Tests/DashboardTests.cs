using Microsoft.Playwright;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The page, in a real browser, on the running product.</summary>
public class DashboardTests
{
    private static readonly PageWaitForFunctionOptions Patience = new() { Timeout = 60_000 };

    [PeerFact("chromium")]
    public async Task A_fault_from_a_button_is_seen_repaired_live()
    {
        using var product = new Product();
        await product.StartAsync();
        await using var browser = await Browser.StartAsync();
        var errors = new List<string>();
        var page = await browser.OpenAsync(product.Address, ColorScheme.Light, errors);
        await page.WaitForFunctionAsync("() => document.querySelector('#f-gpus').textContent.trim() === '512'", null, Patience);
        Assert.Equal("64", (await page.TextContentAsync("#f-nodes"))!.Trim());
        Assert.Equal("No repair has been needed yet.", await page.Locator("#runs li").First.TextContentAsync());

        await page.FillAsync("#fault-node", "gpu-0012");
        await page.SelectOptionAsync("#fault-gpu", "3");
        await page.Locator("#kinds button").First.WaitForAsync();
        await page.Locator("#kinds button", new PageLocatorOptions { HasTextString = "79" }).First.ClickAsync();

        await page.Locator("#runs li button").First.ClickAsync(new LocatorClickOptions { Timeout = 60_000 });
        await page.WaitForFunctionAsync("() => document.querySelector('#run-panel').textContent.includes('Healthy')", null, Patience);
        var story = await page.TextContentAsync("#run-panel");
        Assert.Contains("reboot", story, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(errors);
        if (Environment.GetEnvironmentVariable("PIPELINE_SCREENSHOT") is { Length: > 0 } path)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = path });
    }

    [PeerFact("chromium")]
    public async Task A_line_that_died_unheard_is_not_shown_as_live()
    {
        using var product = new Product();
        await product.StartAsync();
        await using var relay = new TcpRelay(product.Address);
        await using var browser = await Browser.StartAsync();
        var page = await browser.OpenAsync(
            new UriBuilder(relay.Address) { Scheme = "http" }.Uri, ColorScheme.Light, [], prepare: page => page.Clock.InstallAsync());
        await page.WaitForFunctionAsync("() => document.querySelector('#link').dataset.state === 'live'", null, Patience);

        relay.Swallow();
        await page.Clock.FastForwardAsync(60_000);

        await page.WaitForFunctionAsync("() => document.querySelector('#link').dataset.state === 'lost'", null, Patience);
    }

    [PeerFact("chromium")]
    public async Task What_is_open_does_not_stay_as_it_was_before_the_line_broke()
    {
        using var product = new Product();
        await product.StartAsync();
        await using var browser = await Browser.StartAsync();
        const string Node = """
            {"name":"left","health":"Quarantined","gpus":[],"cpu":{"freeMilli":0,"totalMilli":0},"memory":{"freeMib":0,"totalMib":0},"group":"g","leaf":0,"cordonOwner":"r-1","workloadCount":0,"maxWorkloads":null,"workloads":[],"currentRun":"r-1","lastRun":null}
            """;
        var before = Snapshot(
            """[{"name":"left","state":"Acting","gpus":"ii","group":"g","leaf":0,"run":"r-1"}]""", $"[{Run("Acting", ended: false)}]");
        var picture = before;
        var address = new UriBuilder(product.Address) { Fragment = "node=left&run=r-1" }.Uri;
        var page = await browser.OpenAsync(address, ColorScheme.Light, [], prepare: async page =>
        {
            // Each answer ends the line, so the page connects again and again.
            await page.RouteAsync("**/api/events", route => route.FulfillAsync(new RouteFulfillOptions
            {
                ContentType = "text/event-stream",
                Body = $"retry: 10\n\n{Volatile.Read(ref picture)}",
            }));
            await page.RouteAsync("**/api/nodes/left", route => Volatile.Read(ref picture) == before
                ? route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = Node }) : route.ContinueAsync());
            await page.RouteAsync("**/api/runs/r-1", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = Run("Healthy", ended: true) }));
        });
        await page.WaitForFunctionAsync("() => document.querySelector('#run-panel .chip')?.textContent.includes('Acting')", null, Patience);
        await page.WaitForFunctionAsync("() => document.querySelector('#node-panel .chip')?.textContent.includes('Acting')", null, Patience);

        Volatile.Write(ref picture, Snapshot("[]", "[]"));

        await page.WaitForFunctionAsync("() => document.querySelector('#run-panel .chip')?.textContent.includes('Healthy')", null, Patience);
        await page.WaitForFunctionAsync("() => document.querySelector('#node-panel').textContent.includes('no node')", null, Patience);

        static string Snapshot(string nodes, string runs)
            => "event: snapshot\ndata: {\"sequence\":1,\"at\":null,\"simulated\":false,\"moreRuns\":false,\"nodes\":" + nodes + ",\"runs\":" + runs + "}\n\n";
    }

    [PeerFact("chromium")]
    public async Task An_old_run_stays_open_when_the_theme_changes()
    {
        using var product = new Product();
        await product.StartAsync();
        await using var browser = await Browser.StartAsync();
        var page = await browser.OpenAsync(new UriBuilder(product.Address) { Fragment = "run=r-1" }.Uri, ColorScheme.Light, [], prepare: page => page.RouteAsync(
            "**/api/runs/r-1", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = Run("Healthy", ended: true) })));
        await page.WaitForFunctionAsync("() => document.querySelector('#run-panel .chip')?.textContent.includes('Healthy')", null, Patience);

        Assert.False(await page.EvaluateAsync<bool>("() => (document.querySelector('#theme').click(), document.querySelector('#run-panel').hidden)"));
    }

    [PeerFact("chromium")]
    public async Task A_thousand_nodes_are_drawn_in_light_and_in_dark()
    {
        using var product = new Product(null, "--nodes", "1000");
        await product.StartAsync();
        await using var browser = await Browser.StartAsync();
        var errors = new List<string>();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            var page = await browser.OpenAsync(product.Address, scheme, errors);
            await page.WaitForFunctionAsync("() => document.querySelector('#f-gpus').textContent.replace(/[^0-9]/g, '') === '8000'", null, Patience);
            // Squares in use and idle ones differ in colour, so a drawn map has several colours over a large area.
            var colours = await page.EvaluateAsync<int>("""
                () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => {
                  const canvas = document.querySelector('#canvas');
                  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                  const counts = new Map();
                  for (let i = 0; i < pixels.length; i += 4) {
                    const key = pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2];
                    counts.set(key, (counts.get(key) || 0) + 1);
                  }
                  resolve([...counts.values()].filter(count => count > pixels.length / 4 / 100).length);
                })))
                """);
            Assert.True(colours >= 3, $"{scheme}: {colours} colours cover more than a hundredth of the map each");
            if (Environment.GetEnvironmentVariable("PIPELINE_SCREENSHOT") is { Length: > 0 } path)
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = path.Replace(".png", $"-{scheme}.png", StringComparison.Ordinal) });
            await page.CloseAsync();
        }

        Assert.Empty(errors);
    }

    private static string Run(string state, bool ended) => $$"""
        {"id":"r-1","node":"left","state":"{{state}}","faultClass":"gpu-off-bus","step":null,"attempt":0,"begun":false,"gpus":[],"openedAt":"2026-11-21T23:00:10.000Z","endedAt":{{(ended ? "\"2026-11-21T23:10:10.000Z\"" : "null")}},"startsAt":null,"ended":{{(ended ? "true" : "false")}},"summary":"","timeline":[],"tellings":[],"fingerprints":[]}
        """;
}
