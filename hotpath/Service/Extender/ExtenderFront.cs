using System.Buffers;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Extender.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Extender;

/// <summary>
/// The extender of kube-scheduler, v1 (k8s.io/kube-scheduler/extender/v1): its JSON in front of <see cref="INominations"/>, in this process
/// or another. It decides nothing. A request that is not what the contract says gets 400 and the name of the field, one without a client
/// certificate that is required 403; what cannot be decided now is an <c>Error</c> in the answer, or 503 where the answer has no place for one.
/// </summary>
public sealed class ExtenderFront : IDisposable
{
    private const string NoCertificate = "a client certificate is required";

    private readonly INominations _nominations;
    private readonly ExtenderOptions _options;
    private readonly ManagedPods _pods;
    private readonly TimeProvider _time;
    private readonly ILogger<ExtenderFront> _logger;
    private readonly ExtenderMetrics _metrics = new();

    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">A setting is out of range; the message names it.</exception>
    public ExtenderFront(INominations nominations, ExtenderOptions options, TimeProvider time, ILogger<ExtenderFront> logger)
    {
        options.Validate();
        (_nominations, _options, _pods, _time, _logger) = (nominations, options, new ManagedPods(options), time, logger);
    }

    private delegate Task<ExtenderResult> Verb(ReadOnlyMemory<byte> body, HttpContext http);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/extender/filter", (HttpContext http) => RunAsync(http, "filter", FilterAsync, FilterReply.WriteError));
        endpoints.MapPost("/extender/prioritize", (HttpContext http) => RunAsync(http, "prioritize", PrioritizeAsync));
        endpoints.MapPost("/extender/preempt", (HttpContext http) => RunAsync(http, "preempt", PreemptAsync));
        endpoints.MapPost("/extender/bind", (HttpContext http) => RunAsync(http, "bind", BindAsync, BindingArgs.WriteReply));
    }

    public void Dispose() => _metrics.Dispose();

    private async Task<ExtenderResult> FilterAsync(ReadOnlyMemory<byte> body, HttpContext http)
    {
        using var args = ExtenderArgs.Read(body);
        var output = Answer(http);
        if (_pods.Read(args.Pod) is not { } workload)
        {
            FilterReply.WriteAll(output, args);
            return ExtenderResult.Untouched;
        }

        var reply = await NominateAsync(workload, args, http).ConfigureAwait(false);
        FilterReply.Write(output, args, reply);
        Tell("filter", args.Pod, reply.Node.Length > 0 ? reply.Node : reply.Detail.Length > 0 ? reply.Detail : "no node");
        return reply.Node.Length > 0 ? ExtenderResult.Done : ExtenderResult.None;
    }

    /// <summary>After the filter one node is left, which has its place; others are asked about only where the filter verb is not configured.</summary>
    private async Task<ExtenderResult> PrioritizeAsync(ReadOnlyMemory<byte> body, HttpContext http)
    {
        using var args = ExtenderArgs.Read(body);
        var output = Answer(http);
        if (_pods.Read(args.Pod) is not { } workload)
        {
            PriorityReply.Write(output, args, best: "");
            return ExtenderResult.Untouched;
        }

        var reply = await NominateAsync(workload, args, http).ConfigureAwait(false);
        PriorityReply.Write(output, args, reply.Node);
        return reply.Node.Length > 0 ? ExtenderResult.Done : ExtenderResult.None;
    }

    private async Task<ExtenderResult> PreemptAsync(ReadOnlyMemory<byte> body, HttpContext http)
    {
        var args = PreemptionArgs.Read(body.Span);
        if (_pods.Read(args.Pod) is not { } workload)
        {
            WritePreemption(http, args.Victims);
            return ExtenderResult.Untouched;
        }

        var request = new PlanEvictionsRequest { Workload = workload.ToDescription(), Nodes = args.NodeNames() };
        var plan = await AskAsync(_nominations.PlanEvictionsAsync(request, http.RequestAborted)).ConfigureAwait(false);
        var victims = PlannedVictims.Of(plan, args);
        WritePreemption(http, victims);
        Tell("preempt", args.Pod, victims.Count > 0 ? plan.Node : "nobody's going would help");
        return victims.Count > 0 ? ExtenderResult.Done : ExtenderResult.None;
    }

    private async Task<ExtenderResult> BindAsync(ReadOnlyMemory<byte> body, HttpContext http)
    {
        var args = BindingArgs.Read(body.Span);
        var request = new BindRequest { Workload = PodTranslation.IdOf(args.PodUid), Node = args.Node };
        await AskAsync(_nominations.BindAsync(request, http.RequestAborted)).ConfigureAwait(false);
        BindingArgs.WriteReply(Answer(http), error: "");
        ExtenderLog.Answered(_logger, "bind", args.PodNamespace, args.PodName, args.Node);
        return ExtenderResult.Done;
    }

    private async Task<NominateReply> NominateAsync(ClusterWorkload workload, ExtenderArgs args, HttpContext http)
    {
        // Read before the call returns, so the pooled bytes need not be copied.
        var request = new NominateRequest { Workload = workload.ToDescription(), Nodes = UnsafeByteOperations.UnsafeWrap(args.Names) };
        var reply = await AskAsync(_nominations.NominateAsync(request, http.RequestAborted)).ConfigureAwait(false);
        _metrics.UnknownNodes(reply.UnknownNodes);
        return reply;
    }

    /// <exception cref="ExtenderException">It was refused, or could not be decided.</exception>
    private static async Task<T> AskAsync<T>(Task<T> asked)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new ExtenderException(exception.Message, exception);
        }
    }

    private async Task RunAsync(HttpContext http, string verb, Verb answer, Action<IBufferWriter<byte>, string>? writeError = null)
    {
        var (started, result) = (_time.GetTimestamp(), ExtenderResult.Error);
        try
        {
            if (_options.Tls.KeepsStrangersOut && http.Connection.ClientCertificate is null)
            {
                result = ExtenderResult.Forbidden;
                ExtenderLog.Failed(_logger, verb, NoCertificate);
                await RefuseAsync(http, StatusCodes.Status403Forbidden, NoCertificate).ConfigureAwait(false);
                return;
            }

            using var body = await RequestBody.ReadAsync(http, _options.MaxBodyBytes).ConfigureAwait(false);
            result = await answer(body.Memory, http).ConfigureAwait(false);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (BadRequestOf(exception) is { } bad)
        {
            result = ExtenderResult.BadRequest;
            ExtenderLog.Failed(_logger, verb, bad.Problem);
            await RefuseAsync(http, bad.Status, bad.Problem).ConfigureAwait(false);
        }
        catch (ExtenderException exception)
        {
            ExtenderLog.Failed(_logger, verb, exception.Message);
            if (writeError is null)
                await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, exception.Message).ConfigureAwait(false);
            else
                writeError(Answer(http), exception.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // kube-scheduler's timeout has passed; it reads no answer.
        }
        finally
        {
            _metrics.Ended(verb, result, _time.GetElapsedTime(started));
        }
    }

    private static (int Status, string Problem)? BadRequestOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        RequestRefusedException refused => (StatusCodes.Status400BadRequest, refused.Message),
        JsonException json => (
            StatusCodes.Status400BadRequest,
            $"{json.Path?.TrimStart('$', '.') ?? "body"}: no valid JSON of the extender's contract, line {json.LineNumber + 1}, byte {json.BytePositionInLine}"),
        _ => null,
    };

    private static Task RefuseAsync(HttpContext http, int status, string problem)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync($"{problem}\n", http.RequestAborted);
    }

    private static IBufferWriter<byte> Answer(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        return http.Response.BodyWriter;
    }

    private static void WritePreemption(HttpContext http, Dictionary<string, MetaVictims> victims)
    {
        using var writer = new Utf8JsonWriter(Answer(http));
        JsonSerializer.Serialize(writer, new PreemptionReply(victims), PreemptionJson.Default.PreemptionReply);
    }

    private void Tell(string verb, Pod pod, string answer) => ExtenderLog.Answered(_logger, verb, pod.Metadata.Namespace, pod.Metadata.Name, answer);
}

/// <summary>A call that could not be answered as the contract wants.</summary>
internal sealed class ExtenderException(string message, Exception inner) : Exception(message, inner);
