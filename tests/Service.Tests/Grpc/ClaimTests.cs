using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Grpc;

[Collection(Alone.Name)]
public sealed class ClaimTests(RefusalWorld world) : IClassFixture<RefusalWorld>
{
    [Fact]
    public async Task A_claim_of_a_thousand_million_members_takes_no_room_for_them()
    {
        // Gang 9, one role of 8 bytes, with members packed into 8,000,000,000 bytes that do not come.
        byte[] body = [0x09, 9, 0, 0, 0, 0, 0, 0, 0, 0x3A, 0x08, 0x1A, 0x80, 0xA0, 0xD9, 0xE6, 0x1D, 0x01, 0x01];
        var before = GC.GetTotalAllocatedBytes();
        var result = await world.AskAsync("/pipeline.v1.Scheduler/PlaceGang", GrpcWire.Frame(body));
        Assert.Equal("13", result.Status);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
    }
}
