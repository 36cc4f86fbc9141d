using Microsoft.AspNetCore.Http;

namespace Pipeline.TestDoubles.Http;

/// <summary>What a double does instead of its work, or after it: throttling, failures and slowness, call by call.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];

    private sealed record Fault(string PathPart, int Status, int? RetryAfterSeconds, string Reason, TaskCompletionSource? Arrived, TaskCompletionSource? Until);

    /// <summary>The next <paramref name="times"/> calls whose path contains that part are answered with 429 and have no effect.</summary>
    public void Throttle(int retryAfterSeconds, string pathPart = "", string reason = "", int times = 1) =>
        Add(new Fault(pathPart, StatusCodes.Status429TooManyRequests, retryAfterSeconds, reason, null, null), times);

    /// <summary>The next calls are answered with that status and an empty body, and have no effect.</summary>
    public void Fail(int status, string pathPart = "", int times = 1, int? retryAfterSeconds = null) =>
        Add(new Fault(pathPart, status, retryAfterSeconds, "", null, null), times);

    /// <summary>The next call takes effect at once; its answer waits until the hold is released or the caller has gone.</summary>
    public Hold HoldAnswer(string pathPart = "")
    {
        var hold = new Hold();
        Add(new Fault(pathPart, 0, null, "", hold.ArrivedSource, hold.ReleasedSource), 1);
        return hold;
    }

    /// <summary>Answers with the planned fault, or does the work and then sends the answer that it returned.</summary>
    internal async Task AnswerAsync(HttpContext context, Func<Task<IResult>> work)
    {
        var fault = Take(context.Request.Path);
        if (fault is { Until: null })
        {
            context.Response.StatusCode = fault.Status;
            if (fault.RetryAfterSeconds is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (fault.Reason.Length > 0)
                context.Response.Headers["RateLimit-Reason"] = fault.Reason;
            return;
        }

        var answer = await work();
        if (fault is { Until: { } until })
        {
            fault.Arrived!.TrySetResult();
            await until.Task.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await answer.ExecuteAsync(context);
    }

    private void Add(Fault fault, int times)
    {
        lock (_gate)
            _faults.AddRange(Enumerable.Repeat(fault, times));
    }

    private Fault? Take(string path)
    {
        lock (_gate)
        {
            var index = _faults.FindIndex(fault => path.Contains(fault.PathPart, StringComparison.Ordinal));
            if (index < 0)
                return null;
            var fault = _faults[index];
            _faults.RemoveAt(index);
            return fault;
        }
    }
}

/// <summary>An answer that is kept back.</summary>
public sealed class Hold
{
    internal TaskCompletionSource ArrivedSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal TaskCompletionSource ReleasedSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once the call has taken effect.</summary>
    public Task Arrived => ArrivedSource.Task;

    public void Release() => ReleasedSource.TrySetResult();
}
