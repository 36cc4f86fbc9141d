using System.Globalization;
using System.Runtime.Versioning;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Access;

[UnsupportedOSPlatform("windows")]
public sealed class CredentialsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_token_file_is_read_again_when_it_may_have_rotated()
    {
        var path = _folder.Write("token", "one\n");
        var credentials = new TokenFile(path, "field", _time);
        Assert.Equal("one", await credentials.TokenAsync(default));
        _folder.Write("token", "two");
        Assert.Equal("one", await credentials.TokenAsync(default));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("two", await credentials.TokenAsync(default));

        _folder.Write("token", "three");
        Assert.True(credentials.Refused("two"));
        Assert.Equal("three", await credentials.TokenAsync(default));
        Assert.False(credentials.Refused("three"));

        // Rotation replaces the file: a moment without it is no reason to stop.
        File.Delete(path);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("three", await credentials.TokenAsync(default));
    }

    [Fact]
    public async Task A_token_file_that_is_not_there_or_empty_is_named()
    {
        var missing = await Assert.ThrowsAsync<KubernetesException>(async () => await new TokenFile("/no/token", "users[0].user.tokenFile", _time).TokenAsync(default));
        Assert.Equal(Reasons.NoCredentials, missing.Reason);
        Assert.Contains("users[0].user.tokenFile: the token file '/no/token'", missing.Message, StringComparison.Ordinal);
        var empty = _folder.Write("token", "\n");
        Assert.Contains("it is empty", (await Assert.ThrowsAsync<KubernetesException>(async () => await new TokenFile(empty, "f", _time).TokenAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pod_that_we_run_in_says_where_its_cluster_is()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync("{}"));
        _folder.Write("ca.crt", server.Access.Authorities!.Current()[0].ExportCertificatePem());
        _folder.Write("token", "pod-token");
        _folder.Write("namespace", "pipeline");
        var environment = new Dictionary<string, string> { ["KUBERNETES_SERVICE_HOST"] = "fd00::1", ["KUBERNETES_SERVICE_PORT"] = "6443" };
        var access = ClusterAccessLoader.Load(null, null, name => environment.GetValueOrDefault(name), _folder.Path, _time);
        Assert.Equal("https://[fd00::1]:6443/", access.Server.AbsoluteUri);
        Assert.Equal("pipeline", access.Namespace);
        Assert.Equal("pod-token", await access.Credentials.TokenAsync(default));
        Assert.Single(access.Authorities!.Current());
        Assert.Contains("KUBERNETES_SERVICE_HOST", Assert.Throws<ClusterAccessException>(() => InCluster.Load(_ => null, _time, _folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_runs_once_until_its_token_expires_or_is_refused()
    {
        var expires = (_time.GetUtcNow() + TimeSpan.FromMinutes(5)).ToString("o", CultureInfo.InvariantCulture);
        var credentials = Plugin($$"""
            echo "$1 $MODE $KUBERNETES_EXEC_INFO" >> runs
            n=$(wc -l < runs)
            echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t$n\",\"expirationTimestamp\":\"{{expires}}\"} }"
            """);
        var tokens = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => credentials.TokenAsync(default).AsTask()));
        Assert.All(tokens, token => Assert.Equal("t1", token));
        Assert.StartsWith("""get-token ci {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"https://h:1",""", Runs[0], StringComparison.Ordinal);

        Assert.True(credentials.Refused("t1"));
        Assert.Equal("t2", await credentials.TokenAsync(default));
        // A late refusal of an older token says nothing about the newer.
        credentials.Refused("t1");
        Assert.Equal("t2", await credentials.TokenAsync(default));

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("t3", await credentials.TokenAsync(default));
    }

    [Theory]
    [InlineData("echo secret-token; echo no access >&2; exit 3", "ended with 3: no access")]
    [InlineData("echo secret-token", "printed something that is not an ExecCredential")]
    [InlineData("echo '{}'", "printed no ExecCredential")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"secret-token"}}'""", "in place of 'client.authentication.k8s.io/v1'")]
    [InlineData("""echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'""", "gave no token")]
    public async Task What_a_plugin_does_wrong_is_said_without_what_it_printed(string script, string problem)
    {
        var failed = await Assert.ThrowsAsync<KubernetesException>(async () => await Plugin(script).TokenAsync(default));
        Assert.Equal(Reasons.NoCredentials, failed.Reason);
        Assert.Contains("users[0].user.exec", failed.Message, StringComparison.Ordinal);
        Assert.Contains(problem, failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_is_not_installed_is_told_with_its_hint()
    {
        var failed = await Assert.ThrowsAsync<KubernetesException>(async () => await Plugin(null).TokenAsync(default));
        Assert.Contains("cannot be started", failed.Message, StringComparison.Ordinal);
        Assert.Contains("Install it from the shelf.", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_hangs_is_ended()
    {
        var credentials = Plugin("echo started > runs\nsleep 600");
        var token = credentials.TokenAsync(default).AsTask();
        await TestControlPlane.Eventually.TrueAsync("The plugin starts", Patience.Bound, () => Task.FromResult(File.Exists(Path.Combine(_folder.Path, "runs"))));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("did not end within 30 s", (await Assert.ThrowsAsync<KubernetesException>(() => token.Bounded())).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Runs => File.ReadAllLines(Path.Combine(_folder.Path, "runs"));

    /// <param name="script">Null: there is no such program.</param>
    private Credentials Plugin(string? script)
    {
        if (script is not null)
            File.SetUnixFileMode(_folder.Write("plugin.sh", $"#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = _folder.Write("config", """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "https://h:1"}}]
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: ./plugin.sh
                  args: [get-token]
                  env: [{name: MODE, value: ci}]
                  provideClusterInfo: true
                  interactiveMode: Never
                  installHint: Install it from the shelf.
            """);
        return Kubeconfig.Load([path], null, _time).Credentials;
    }
}
