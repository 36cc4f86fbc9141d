using System.Text;
using System.Text.Json;
using Pipeline.Functions.GrafanaWebhook.Payload;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class TextPoolTests
{
    [Fact]
    public void A_text_that_came_before_is_not_made_again() => Assert.Same(Get("\"GpuXidCritical of this test\""), Get("\"GpuXidCritical of this test\""));

    [Fact]
    public void Texts_that_share_a_place_are_told_apart()
    {
        // Four times as many as there are places.
        for (var number = 0; number < 16_384; number++)
            Assert.Equal($"gpu-{number}", Get($"\"gpu-{number}\""));
    }

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData("null", null)]
    [InlineData("\"Zürich\"", "Zürich")]
    [InlineData("\"a\\u0062\"", "ab")]
    public void It_is_what_the_reader_says(string json, string? text)
    {
        Assert.Equal(text, Get(json));
        Assert.Equal(text, Get(json));
    }

    [Fact]
    public void A_long_text_is_read_as_well() => Assert.Equal(new string('x', 1_000), Get($"\"{new string('x', 1_000)}\""));

    [Fact]
    public void What_is_no_text_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => Get("1"));
        Assert.Throws<InvalidOperationException>(() => Get([(byte)'"', 0xff, (byte)'"']));
    }

    private static string? Get(string json) => Get(Encoding.UTF8.GetBytes(json));

    private static string? Get(byte[] json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return TextPool.Get(ref reader);
    }
}
