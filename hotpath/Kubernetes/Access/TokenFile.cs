namespace Pipeline.Kubernetes.Access;

/// <summary>
/// A token in a file that somebody else renews, as the kubelet does with that of a service account. Read again every minute, because a
/// bound token lives for an hour and is renewed when four fifths of that are over, and at once when the server refuses it.
/// </summary>
/// <param name="field">Where the path was configured, for errors.</param>
public sealed class TokenFile(string path, string field, TimeProvider time) : Credentials
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private string? _token;
    private long _readAt;

    public override ValueTask<string?> TokenAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_token is null || time.GetElapsedTime(_readAt) >= Fresh)
                (_token, _readAt) = (Read() ?? _token, time.GetTimestamp());
            return ValueTask.FromResult(_token);
        }
    }

    public override bool Refused(string? token)
    {
        lock (_gate)
        {
            // Another request may have read the new one already.
            if (_token == token)
                (_token, _readAt) = (Read() ?? _token, time.GetTimestamp());
            return _token != token;
        }
    }

    /// <returns>Null: it cannot be read now, but an older token is at hand.</returns>
    private string? Read()
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            return token.Length > 0 ? token : throw new IOException("it is empty");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_token is not null)
                return null;
            throw new KubernetesException(0, Reasons.NoCredentials, $"{field}: the token file '{path}' cannot be read: {exception.Message}", inner: exception) { NotSent = true };
        }
    }
}
