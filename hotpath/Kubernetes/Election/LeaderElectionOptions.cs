using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Election;

/// <summary>Who runs for which lease, and how fast it changes hands.</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>With a namespace. Required.</summary>
    public ObjectName Lease { get; init; }

    /// <summary>Of this process and no other, also not of the one before it in the same pod. Default: the machine's name and a random part.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}_{Guid.NewGuid():N}";

    /// <summary>
    /// Others leave a lease alone until they have seen it unchanged for this long. Default 15 s, range 2 s to 1 h, whole seconds; more than
    /// <see cref="RenewDeadline"/>, by more than two clocks drift apart meanwhile and a leader takes to stop.
    /// </summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for this long leads no more. Default 10 s, range 1 s to <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between tries to acquire or renew. Default 2 s, range 10 ms to 5/6 of <see cref="RenewDeadline"/>, so that more than one try is made.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Is told of tries that failed and will be repeated. Default: nobody is.</summary>
    public Action<KubernetesException>? OnFailure { get; init; }

    /// <summary>Before other work, because losing the lease stops all of it; and no longer than leaves time for other tries.</summary>
    internal RequestOptions Request => RequestOptions.Urgent with { Timeout = RenewDeadline / 4 };

    internal void Validate()
    {
        var problems = new OptionProblems();
        problems.Check(!string.IsNullOrEmpty(Lease.Namespace) && !string.IsNullOrEmpty(Lease.Name), $"Lease: '{Lease}' must be a namespace and a name");
        problems.Check(Identity.Length > 0, "Identity: is empty");
        problems.Check(nameof(LeaseDuration), LeaseDuration, TimeSpan.FromSeconds(2), TimeSpan.FromHours(1));
        problems.Check(LeaseDuration.Ticks % TimeSpan.TicksPerSecond == 0, $"LeaseDuration: must be whole seconds, was {LeaseDuration}");
        problems.Check(RenewDeadline >= TimeSpan.FromSeconds(1) && RenewDeadline < LeaseDuration, $"RenewDeadline: must be 1 s to less than LeaseDuration, was {RenewDeadline}");
        problems.Check(RetryPeriod >= TimeSpan.FromMilliseconds(10) && RetryPeriod * 1.2 < RenewDeadline, $"RetryPeriod: must be 10 ms to less than 5/6 of RenewDeadline, was {RetryPeriod}");
        problems.Throw();
    }
}
