using FsCheck;
using FsCheck.Fluent;
using Pipeline.Functions.Notify.Slack;

namespace Pipeline.Functions.Tests.Notify.Slack;

public sealed class SlackTextTests
{
    [Theory]
    [InlineData("<!channel> a & b > c", 100, "&lt;!channel&gt; a &amp; b &gt; c")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "ab…")]
    [InlineData("a&b", 3, "a…")]
    [InlineData("a&b", 7, "a&amp;b")]
    [InlineData("😀😀", 3, "😀…")]
    [InlineData("", 3, "")]
    public void Text_is_escaped_and_cut_at_a_whole_character(string text, int limit, string expected) =>
        Assert.Equal(expected, SlackText.Escape(text, limit));

    [Fact]
    public void No_text_passes_its_limit_or_keeps_a_control_character()
    {
        var texts = Gen.Elements('&', '<', '>', 'x', 'é').ArrayOf().Select(letters => new string(letters));
        var cases = texts.SelectMany(_ => Gen.Choose(1, 60), (text, limit) => (text, limit));
        Prop.ForAll(cases.ToArbitrary(), pair =>
        {
            var escaped = SlackText.Escape(pair.text, pair.limit);
            var entities = escaped.Replace("&amp;", "", StringComparison.Ordinal).Replace("&lt;", "", StringComparison.Ordinal).Replace("&gt;", "", StringComparison.Ordinal);
            return escaped.Length <= pair.limit && !entities.AsSpan().ContainsAny("&<>");
        }).QuickCheckThrowOnFailure();
    }
}
