using System.Net.Sockets;
using Pipeline.Hotpath.Hosting;

namespace Pipeline.Hotpath.Tests.Hosting;

public sealed class ExitCodesTests
{
    public static TheoryData<Exception> WhatAPersonCanMend => new(
        new UnauthorizedAccessException("Access to the path '/data/hotpath' is denied."), new SocketException((int)SocketError.AccessDenied));

    [Theory]
    [MemberData(nameof(WhatAPersonCanMend))]
    public async Task A_start_that_a_person_can_mend_ends_with_a_reason(Exception reason)
        => Assert.Equal(1, await ExitCodes.OfStartAsync(() => Task.FromException<int>(reason), default));
}
