using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tls;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Tls;

public sealed class ServerTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly LogBook _log = new();
    private readonly ServerTls _tls;
    private readonly string _first;

    public ServerTlsTests()
    {
        var (certificate, key) = _certificates.Server();
        var options = new ServerTlsOptions { CertificatePath = certificate, KeyPath = key, ClientCaPath = _certificates.AuthorityPath };
        _tls = ServerTls.Load("Grpc:Tls", options, _time, _log)!;
        _first = Serial();
    }

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public void A_renewed_certificate_is_served_within_a_minute()
    {
        _certificates.Server();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(_first, Serial());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(_first, Serial());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void An_authority_that_is_replaced_is_trusted_no_longer()
    {
        using var client = _certificates.Client();
        Assert.True(_tls.ForConnection().RemoteCertificateValidationCallback!(this, client, null, default));
        using var others = new TestCertificates();
        File.Copy(others.AuthorityPath, _certificates.AuthorityPath, overwrite: true);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_tls.ForConnection().RemoteCertificateValidationCallback!(this, client, null, default));
    }

    [Fact]
    public void While_the_files_cannot_be_used_the_last_good_ones_stay_and_the_log_says_why_once_a_minute()
    {
        _certificates.Write("server.pem", "half a file");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(_first, Serial());
        Assert.Equal(_first, Serial());
        Assert.StartsWith("Warning: The certificates read before stay in use: Grpc:Tls:CertificatePath:", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _certificates.Server(shiftDays: -5);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(_first, Serial());
        Assert.Contains("the certificate is valid from", _log.Lines.Last(), StringComparison.Ordinal);
        _certificates.Server();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(_first, Serial());
    }

    private string Serial() => _tls.ForConnection().ServerCertificateContext!.TargetCertificate.SerialNumber;
}
