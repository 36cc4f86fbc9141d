using Pipeline.Journal;
using Pipeline.Journal.Crasher;

// Appends until it is killed and prints each sequence once it is durable: Crasher log|state DIR
const int Page = 4 << 10;
const int Batch = 4;
var directory = args[1];
if (args[0] == "log")
{
    await using var log = DurableLog.Open(new DurableLogOptions
    {
        Directory = directory,
        PageBytes = Page,
        MemoryBytes = 4 * Page,
        SegmentBytes = 4 * Page,
    });
    while (true)
        await AppendBatch(log);
}

await using var state = DurableState.Open(new DurableStateOptions
{
    Directory = directory,
    PageBytes = Page,
    MemoryBytes = 4 * Page,
    SegmentBytes = 4 * Page,
});
var checkpoint = Task.CompletedTask;
var covered = state.CheckpointSequence;
while (true)
{
    var last = await AppendBatch(state.Log);
    if (!checkpoint.IsCompleted)
        continue;
    await checkpoint;
    var changed = Payloads.StateAt(last).Where(s => s.Value > covered).ToList();
    covered = last;
    var records = changed.Select(s => KeyValuePair.Create(s.Key, (ReadOnlyMemory<byte>)Payloads.Of(s.Value)));
    checkpoint = state.CheckpointAsync(last, records, []);
}

static async Task<long> AppendBatch(IDurableLog log)
{
    var last = 0L;
    for (var i = 0; i < Batch; i++)
        last = log.Append(Payloads.Of(log.LastSequence + 1));
    // Both ways to the disk, in turn.
    if (last / Batch % 2 == 0 || !log.TryCommit())
        log.RequestCommit();
    await log.WaitForCommitAsync(last);
    Console.Out.WriteLine(last);
    await Console.Out.FlushAsync();
    return last;
}
