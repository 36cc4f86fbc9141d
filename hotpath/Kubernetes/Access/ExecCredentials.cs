using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Access;

/// <summary>
/// Tokens that a program makes. One run serves everybody until the token expires or the server refuses it. What the program prints is
/// never part of an error, only what it complains about.
/// </summary>
internal sealed class ExecCredentials(ExecCommand command, TimeProvider time) : Credentials
{
    private const int OutputMax = 1024 * 1024;
    private const int ComplaintMax = 500;

    // A plugin may have to go to a service of its own; one that hangs must not hang us.
    private static readonly TimeSpan RunTimeout = TimeSpan.FromSeconds(30);

    // A token that expires on the way to the server would be refused.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1);
    private volatile ExecCredentialStatus? _known;

    public override async ValueTask<string?> TokenAsync(CancellationToken cancellation)
    {
        if (_known is { } known && IsFresh(known))
            return known.Token;
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_known is { } other && IsFresh(other))
                return other.Token;
            var made = Check(Parse(await RunAsync(cancellation).ConfigureAwait(false)));
            _known = made;
            return made.Token;
        }
        finally
        {
            _turn.Release();
        }
    }

    public override bool Refused(string? token)
    {
        if (_known is { } known && known.Token == token)
            _known = null;
        return true;
    }

    private bool IsFresh(ExecCredentialStatus known) => known.ExpirationTimestamp is not { } end || end - Margin > time.GetUtcNow();

    private ExecCredential? Parse(byte[] output)
    {
        try
        {
            return JsonSerializer.Deserialize(output, KubernetesJson.Options.TypeInfo<ExecCredential>());
        }
        catch (JsonException exception)
        {
            throw Failed("printed something that is not an ExecCredential", exception);
        }
    }

    private ExecCredentialStatus Check(ExecCredential? printed)
    {
        if (printed is not { Kind: "ExecCredential", Status: { } status })
            throw Failed("printed no ExecCredential with a status");
        if (printed.ApiVersion != command.ApiVersion)
            throw Failed($"printed the apiVersion '{printed.ApiVersion}' in place of '{command.ApiVersion}'");
        if (string.IsNullOrEmpty(status.Token))
            throw Failed(status.ClientCertificateData is null ? "gave no token" : "gave a client certificate, which is not supported, and no token");
        return status;
    }

    private async Task<byte[]> RunAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(RunTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        using var process = Start();
        try
        {
            var complaint = ReadAsync(process.StandardError.BaseStream, ComplaintMax, either.Token);
            var output = await ReadAsync(process.StandardOutput.BaseStream, OutputMax, either.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            var complained = System.Text.Encoding.UTF8.GetString(await complaint.ConfigureAwait(false)).Trim();
            return process.ExitCode == 0 ? output : throw Failed($"ended with {process.ExitCode}: {complained}");
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            if (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
                throw Failed($"did not end within {RunTimeout.TotalSeconds:0} s", exception);
            throw;
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(command.Command, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] = command.Info;
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception exception)
        {
            throw Failed($"cannot be started: {exception.Message}{(command.InstallHint is { } hint ? $" {hint.Trim()}" : "")}", exception);
        }
    }

    /// <summary>All of a stream, of which only the first bytes are kept.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream, int max, CancellationToken cancellation)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
            kept.Write(buffer, 0, (int)Math.Min(read, max - kept.Length));
        return kept.ToArray();
    }

    private KubernetesException Failed(string what, Exception? inner = null)
        => new(0, Reasons.NoCredentials, $"{command.Field}: '{command.Command}' {what}.", inner: inner) { NotSent = true };
}
