using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Api;

namespace Pipeline.Functions.Tests.Api;

public sealed partial class DashboardTests
{
    private static readonly Dictionary<string, string> Files = Load();

    [Fact]
    public async Task The_page_is_served_and_may_load_nothing_from_elsewhere()
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.Client.GetAsync("/");
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.StartsWith("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(response.Headers.CacheControl!.NoCache);
        Assert.Equal(Files["index.html"], await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("app.css", "text/css; charset=utf-8")]
    [InlineData("app.js", "text/javascript; charset=utf-8")]
    [InlineData("icon.svg", "image/svg+xml")]
    public async Task Assets_have_their_type_and_are_not_sent_twice(string name, string type)
    {
        await using var host = await ApiHost.StartAsync();
        using var first = await host.Client.GetAsync("/assets/" + name);
        Assert.Equal(type, first.Content.Headers.ContentType!.ToString());

        using var request = new HttpRequestMessage(HttpMethod.Get, "/assets/" + name);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await host.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("/assets/nothing.js")]
    [InlineData("/assets/..%2fapp.js")]
    public async Task Nothing_but_the_files_of_the_page_is_served(string path)
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync(path)).Status);
    }

    [Fact]
    public void No_file_names_an_address_elsewhere()
    {
        Assert.NotEmpty(Files);
        foreach (var (name, text) in Files)
        {
            // The name of the SVG vocabulary is an identifier; nothing is loaded from it.
            var found = ForeignAddress().Match(text.Replace("xmlns=\"http://www.w3.org/2000/svg\"", ""));
            Assert.True(!found.Success, $"{name}: {found.Value}");
        }
    }

    [Fact]
    public void The_page_has_no_inline_script_or_style_that_its_policy_would_block()
    {
        Assert.DoesNotMatch("""<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)""", Files["index.html"]);
    }

    [Fact]
    public void Every_file_that_is_asked_for_exists_and_every_file_is_asked_for()
    {
        var asked = Files.Values.SelectMany(text => AssetReference().Matches(text)).Select(match => match.Groups["name"].Value).ToHashSet();
        Assert.Equal(Files.Keys.Where(name => name != "index.html").Order(), asked.Order());
    }

    [Fact]
    public void The_page_knows_every_state_that_the_feed_can_tell()
    {
        var told = Enum.GetNames<RunState>().Union(Enum.GetNames<NodeHealth>()).Except(["Unspecified", "Healthy"]);
        foreach (var state in told)
        {
            Assert.Contains($"key: '{state}'", Files["states.js"]);
            Assert.Contains($"  {state}(c, x, y, s)", Files["glyphs.js"]);
            Assert.Equal(3, Regex.Count(Files["app.css"], $"--{state}:"));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Text_stands_out_from_what_is_behind_it(int theme)
    {
        var block = Palette().Matches(Files["app.css"])[theme].Value;
        foreach (var text in new[] { "ink", "muted", "accent", "good", "warn" })
        {
            foreach (var ground in new[] { "bg", "surface", "box" })
            {
                var contrast = Contrast(Colour(block, text), Colour(block, ground));
                Assert.True(contrast >= 4.5, $"--{text} on --{ground} has {contrast:0.00}");
            }
        }
    }

    /// <summary>WCAG 2.2, "contrast ratio".</summary>
    private static double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

    /// <summary>WCAG 2.2, "relative luminance".</summary>
    private static double Colour(string block, string name)
    {
        var hex = Regex.Match(block, $"--{name}: #([0-9a-f]{{6}})").Groups[1].Value;
        var parts = Convert.FromHexString(hex).Select(part => part / 255.0).Select(part => part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4)).ToArray();
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    }

    private static Dictionary<string, string> Load()
    {
        var assembly = typeof(ReadApi).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith("web/", StringComparison.Ordinal))
            .ToDictionary(name => name["web/".Length..], name => Read(assembly, name));
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("""(https?:|wss?:)?//[a-zA-Z0-9]+\.[a-zA-Z]|@import|url\(""")]
    private static partial Regex ForeignAddress();

    [GeneratedRegex("""(/assets/|from '\./)(?<name>[a-z]+\.[a-z]+)""")]
    private static partial Regex AssetReference();

    [GeneratedRegex("""--bg:[^}]+""")]
    private static partial Regex Palette();
}
