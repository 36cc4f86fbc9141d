namespace Pipeline.Functions.Api.Simulation;

/// <summary>The product's own alert door, so that a simulated fault is noticed the way a real one is.</summary>
public interface IAlertIntake
{
    /// <summary>Returns once the alert is durable.</summary>
    /// <exception cref="Contracts.HotpathUnavailableException">Nobody knows whether it was taken; sending it again is safe.</exception>
    Task SubmitAsync(string alertName, IReadOnlyDictionary<string, string> labels, DateTimeOffset startsAt, CancellationToken cancellation);
}
