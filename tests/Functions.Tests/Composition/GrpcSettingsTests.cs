using Microsoft.Extensions.Configuration;
using Pipeline.Functions.Composition;
using Pipeline.Hotpath.Hosting;

namespace Pipeline.Functions.Tests.Composition;

public class GrpcSettingsTests
{
    [Fact]
    public void Settings_of_the_gRPC_port_are_in_their_own_section()
    {
        var options = HotpathSettings.ReadGrpc(Settings(("Grpc:DrainSeconds", "3"), ("Grpc:Tls:CertificatePath", "a.pem"), ("Grpc:Tls:RequireClientCertificate", "false")));
        Assert.Equal((3, "a.pem", false), (options.DrainSeconds, options.Tls.CertificatePath, options.Tls.RequireClientCertificate));
    }

    [Fact]
    public void Without_settings_there_are_defaults_and_no_TLS()
    {
        var options = HotpathSettings.ReadGrpc(Settings());
        options.Validate();
        Assert.Equal((4 * 1024 * 1024, null), (options.MaxReceiveBytes, options.Tls.CertificatePath));
    }

    private static IConfiguration Settings(params (string Name, string Value)[] values)
        => new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Name, (string?)value.Value))).Build();
}
