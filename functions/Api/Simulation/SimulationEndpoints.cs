using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Functions.Api.Simulation;

/// <summary><c>GET /sim/kinds</c>, <c>POST /sim/faults</c> and <c>GET /sim/actions</c>; 404 when the cluster is real.</summary>
internal static class SimulationEndpoints
{
    private const int MaxGpu = 31;

    public static async Task<IResult> KindsAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var (_, description) = await RequireAsync(services, cancellation);
        var kinds = description.Kinds.Select(kind => new FaultKindJson(kind.Name, kind.Title, kind.NeedsGpu));
        return Results.Json(new FaultKindListJson([.. kinds]), ApiJson.Default.FaultKindListJson);
    }

    public static async Task<IResult> BreakAsync(HttpContext http, TimeProvider time, CancellationToken cancellation)
    {
        var (simulation, description) = await RequireAsync(http.RequestServices, cancellation);
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.FaultBody);
        var fault = Fault(body, description.Kinds);
        var intake = body.Alert is false ? null : http.RequestServices.GetService<IAlertIntake>();
        var startsAt = time.GetUtcNow();

        var result = await simulation.BreakAsync(fault, cancellation);
        if (result.Error is { } error)
            throw new ApiException(StatusCodes.Status400BadRequest, error);

        var alert = intake is not null && result.AlertName.Length > 0 ? result.AlertName : null;
        if (alert is not null)
            await SubmitAsync(intake!, result, startsAt, cancellation);
        return Results.Json(new FaultJson(fault.Node, fault.Kind, body.Gpu, alert), ApiJson.Default.FaultJson);
    }

    /// <summary>What a node remembers of the actions that ran on it.</summary>
    public static async Task<IResult> ActionsAsync(string? node, IServiceProvider services, CancellationToken cancellation)
    {
        var (simulation, _) = await RequireAsync(services, cancellation);
        if (string.IsNullOrWhiteSpace(node))
            throw ApiException.BadField("node", "must name a node");
        var actions = (await simulation.ListActionsAsync(node, cancellation))
            .Select(action => new ActionJson(action.Key, action.Kind.ToString(), action.State.ToString(), ApiTime.Iso(action.StartedAt), action.Detail));
        return Results.Json(new ActionListJson([.. actions]), ApiJson.Default.ActionListJson);
    }

    private static async Task SubmitAsync(IAlertIntake intake, SimulatedFaultResult result, DateTimeOffset startsAt, CancellationToken cancellation)
    {
        try
        {
            await intake.SubmitAsync(result.AlertName, result.Labels, startsAt, cancellation);
        }
        catch (HotpathUnavailableException e)
        {
            throw new HotpathUnavailableException($"The part is broken, but its alert was not taken: {e.Message}", e.RetryAfter, e);
        }
    }

    private static SimulatedFault Fault(FaultBody body, IReadOnlyList<SimulatedFaultKind> kinds)
    {
        if (string.IsNullOrWhiteSpace(body.Node))
            throw ApiException.BadField("node", "must name a node");
        var kind = kinds.FirstOrDefault(kind => kind.Name == body.Kind)
            ?? throw ApiException.BadField("kind", $"must be one of {string.Join(", ", kinds.Select(kind => kind.Name))}");
        if (kind.NeedsGpu && body.Gpu is null)
            throw ApiException.BadField("gpu", $"is required for {kind.Name}");
        if (body.Gpu is < 0 or > MaxGpu)
            throw ApiException.BadField("gpu", $"must be 0 to {MaxGpu}");
        return new SimulatedFault(body.Node, kind.Name, body.Gpu ?? 0);
    }

    private static async Task<(ISimulation, SimulationDescription)> RequireAsync(IServiceProvider services, CancellationToken cancellation)
        => services.GetService<ISimulation>() is { } simulation && await simulation.DescribeAsync(cancellation) is { Kinds.Count: > 0 } description
            ? (simulation, description)
            : throw ApiException.NotFound("The cluster is real; faults can be made in a simulated one only.");
}
