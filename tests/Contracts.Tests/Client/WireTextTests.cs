using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Client.Wire;
using Pipeline.Contracts.Grpc.Health.V1;
using Pipeline.Contracts.Tests.Support;

namespace Pipeline.Contracts.Tests.Client;

/// <summary>The small forms of the protocol.</summary>
public class WireTextTests
{
    [Fact]
    public void A_message_survives_its_percent_encoding()
        => Prop.ForAll<string?>(text =>
        {
            // A lone surrogate is no text, and UTF-8 has no form for it.
            var message = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
            return PercentText.Decode(Encode(message)) == message;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("100% sure", "100% sure")]
    [InlineData("%FF", "\uFFFD")]
    [InlineData("%+1", "%+1")]
    public void What_is_no_encoding_stays(string text, string expected) => Assert.Equal(expected, PercentText.Decode(text));

    [Theory]
    [InlineData(0, "1u")]
    [InlineData(1, "1u")]
    [InlineData(15, "2u")]
    [InlineData(99_999_999_0, "99999999u")]
    [InlineData(99_999_999_1, "100000m")]
    [InlineData(36_000_000_000_000, "3600000S")]
    [InlineData(long.MaxValue, "99999999S")]
    public void A_timeout_has_at_most_eight_digits_and_is_never_shorter_than_asked(long ticks, string expected)
        => Assert.Equal(expected, TimeoutText.Of(TimeSpan.FromTicks(ticks)));

    [Theory]
    [InlineData("Upper")]
    [InlineData("")]
    [InlineData("sp ace")]
    [InlineData("grpc-status")]
    [InlineData("x-bin")]
    public void A_name_that_may_not_be_sent_is_refused(string name)
        => Assert.Throws<ArgumentException>(() => new GrpcMetadata().Add(name, "value"));

    [Fact]
    public void A_value_that_would_break_the_header_is_refused()
        => Assert.Throws<ArgumentException>(() => new GrpcMetadata().Add("x", "a\r\nb"));

    [Fact]
    public void Bytes_survive_their_header()
        => Prop.ForAll<byte[]>(bytes =>
        {
            var metadata = new GrpcMetadata();
            metadata.Add("x-bin", bytes);
            return metadata.FindBinary("x-bin").Single().AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    /// <summary>Whatever bytes come, the reader gives messages or says what is wrong, and nothing else.</summary>
    [Fact]
    public void Any_bytes_are_read_or_explained()
        => Prop.ForAll(Gen.Elements<byte>(0, 0, 0, 0, 1, 2, 8, 255).ArrayOf().ToArbitrary(), bytes =>
        {
            var reader = new MessageReader(new MemoryStream(bytes), "gzip", maxSize: 1024);
            try
            {
                while (reader.ReadAsync(HealthCheckResponse.Parser, default).AsTask().GetAwaiter().GetResult() is not null)
                {
                }
            }
            catch (Exception exception) when (exception is GrpcCallException or EndOfStreamException)
            {
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(2_000)));

    [Fact]
    public void Options_out_of_range_are_named()
    {
        var problem = Assert.Throws<ArgumentException>(() => new GrpcChannelOptions
        {
            Address = new Uri("http://127.0.0.1:1/path"),
            Deadline = TimeSpan.Zero,
            MaxReceiveSize = 1,
            Tls = new GrpcTlsOptions(),
            Retry = new GrpcRetryOptions { Retries = 11, LongestDelay = TimeSpan.Zero },
        }.Validate());
        foreach (var name in new[] { "Address:", "Tls:", "Deadline:", "MaxReceiveSize:", "Retry.Retries:", "Retry.LongestDelay:" })
            Assert.Contains(name, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Address:", Assert.Throws<ArgumentException>(() => new GrpcChannelOptions().Validate()).Message, StringComparison.Ordinal);
    }

    private static string Encode(string message)
        => string.Concat(Encoding.UTF8.GetBytes(message).Select(octet => octet is >= 0x20 and <= 0x7E and not (byte)'%' ? ((char)octet).ToString() : $"%{octet:X2}"));
}
