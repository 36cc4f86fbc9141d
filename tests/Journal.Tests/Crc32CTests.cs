using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Tests;

public class Crc32CTests
{
    // RFC 3720, B.4: the check of "123456789" is E3069283, inverted as all are in the end.
    [Fact]
    public void The_check_value_is_that_of_Castagnoli() => Assert.Equal(0xE306_9283u, ~Crc32C.Append(Crc32C.Start, "123456789"u8));

    [Fact]
    public void Every_length_has_the_sum_of_its_bytes_one_by_one()
    {
        var bytes = new byte[64];
        new Random(1).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var one = Crc32C.Start;
            for (var i = 0; i < length; i++)
                one = Crc32C.Append(one, bytes.AsSpan(i, 1));
            Assert.Equal(one, Crc32C.Append(Crc32C.Start, bytes.AsSpan(0, length)));
        }
    }
}
