using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc.Calls;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// Requests of a stream that are decided in one turn of the loop. Its commands are used again from turn to turn, since the engine keeps
/// none of them.
/// </summary>
/// <param name="wakeQueue">Asks for a pass through the queue.</param>
internal sealed class StreamTurn(EngineLoop loop, PolicyNamesCache names, Action wakeQueue)
{
    private readonly PlaceCommand?[] _places = new PlaceCommand?[loop.MaxGroup];
    private readonly ConfirmCommand?[] _confirms = new ConfirmCommand?[loop.MaxGroup];
    private readonly ReleaseCommand?[] _releases = new ReleaseCommand?[loop.MaxGroup];
    private readonly Command[] _commands = new Command[loop.MaxGroup];
    private readonly Reply[] _replies = new Reply[loop.MaxGroup];
    private int _count;

    public int Capacity => loop.MaxGroup;

    /// <summary>The answers to some of the requests, in their order. A request that is refused does not keep the others from being decided.</summary>
    public async ValueTask<PlaceStreamReply[]> AnswerAsync(List<PlaceStreamRequest> requests, int start, int count)
    {
        var answers = new PlaceStreamReply[count];
        var snapshot = loop.Names;
        _count = 0;
        for (var i = 0; i < count; i++)
        {
            var request = requests[start + i];
            answers[i] = new PlaceStreamReply { Tag = request.Tag, Credits = 1 };
            try
            {
                _commands[_count] = CommandOf(request, snapshot);
                _count++;
            }
            catch (Exception exception) when (Failures.Known(exception, Interruption.None) is { } end)
            {
                answers[i].Error = ErrorOf(end);
            }
        }

        if (_count > 0)
            await DecideAsync(requests, start, answers, snapshot).ConfigureAwait(false);
        return answers;
    }

    private async ValueTask DecideAsync(List<PlaceStreamRequest> requests, int start, PlaceStreamReply[] answers, ClusterSnapshot snapshot)
    {
        StreamError? all = null;
        try
        {
            await loop.ExecuteAsync(_commands.AsMemory(0, _count), _replies.AsMemory(0, _count)).ConfigureAwait(false);
            if (IsWakeDue())
                wakeQueue();
        }
        catch (Exception exception) when (Failures.Known(exception, Interruption.None) is { } end)
        {
            all = ErrorOf(end);
        }

        var next = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            if (answers[i].AnswerCase == PlaceStreamReply.AnswerOneofCase.Error)
                continue;
            if (all is null)
                Answer(answers[i], requests[start + i], _replies[next++], snapshot);
            else
                answers[i].Error = all;
        }

        _replies.AsSpan(0, _count).Clear();
    }

    private bool IsWakeDue()
    {
        for (var i = 0; i < _count; i++)
        {
            if (QueueWakes.IsDue(_commands[i].Kind, _replies[i]))
                return true;
        }

        return false;
    }

    private Command CommandOf(PlaceStreamRequest request, ClusterSnapshot snapshot)
    {
        switch (request.CommandCase)
        {
            case PlaceStreamRequest.CommandOneofCase.Place:
                var place = _places[_count] ??= new PlaceCommand();
                place.Fill(request.Place, names.Of(snapshot), snapshot);
                return place;
            case PlaceStreamRequest.CommandOneofCase.Confirm:
                var confirm = _confirms[_count] ??= new ConfirmCommand();
                confirm.Workload = request.Confirm.Workload;
                return confirm;
            case PlaceStreamRequest.CommandOneofCase.Release:
                var release = _releases[_count] ??= new ReleaseCommand();
                release.Workload = request.Release.Workload;
                return release;
            default:
                throw Contracts.RequestRefusedException.InvalidArgument("command", "must be present");
        }
    }

    private static void Answer(PlaceStreamReply answer, PlaceStreamRequest request, in Reply reply, ClusterSnapshot snapshot)
    {
        try
        {
            if (request.CommandCase == PlaceStreamRequest.CommandOneofCase.Place)
                answer.Place = reply.ToPlaceReply(request.Place, snapshot);
            else if (request.CommandCase == PlaceStreamRequest.CommandOneofCase.Confirm)
                answer.Confirm = reply.ToConfirmReply();
            else
                answer.Release = reply.ToReleaseReply();
        }
        catch (Exception exception) when (Failures.Known(exception, Interruption.None) is { } end)
        {
            answer.Error = ErrorOf(end);
        }
    }

    private static StreamError ErrorOf(in CallEnd end) => new() { Code = (int)end.Status, Message = end.Message };
}
