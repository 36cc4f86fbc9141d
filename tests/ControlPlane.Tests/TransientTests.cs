using System.Net;

namespace Pipeline.TestControlPlane.Tests;

/// <summary>Which errors of the API server pass.</summary>
public sealed class TransientTests
{
    public static TheoryData<Exception> Passing => new()
    {
        new ApiException(HttpStatusCode.ServiceUnavailable, "away"),
        new ApiException(HttpStatusCode.InternalServerError, "stopping"),
        new ApiException(HttpStatusCode.TooManyRequests, "overloaded"),
        new HttpRequestException(),
        new IOException(),
    };

    [Theory]
    [MemberData(nameof(Passing))]
    public void An_error_that_passes_does_so_for_one_that_is_being_stopped_too(Exception error)
    {
        Assert.True(Transient.Is(error, CancellationToken.None));
        Assert.True(Transient.Is(error, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Only_a_cancellation_of_its_own_ends_a_request()
    {
        Assert.True(Transient.Is(new OperationCanceledException(), CancellationToken.None));
        Assert.False(Transient.Is(new OperationCanceledException(), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_refusal_does_not_pass() => Assert.False(Transient.Is(new ApiException(HttpStatusCode.UnprocessableEntity, "no"), CancellationToken.None));
}
