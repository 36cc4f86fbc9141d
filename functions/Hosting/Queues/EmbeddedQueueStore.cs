using Pipeline.Journal;

namespace Pipeline.Functions.Hosting.Queues;

/// <summary>
/// Opens the embedded queue in a directory. A damaged log is set aside and the queue starts empty: its messages are only wake-ups, and the
/// sweep queues again what is missing.
/// </summary>
public static class EmbeddedQueueStore
{
    // Many small records: a page holds the largest message with room to spare, and small files are freed soon.
    private const int PageBytes = 256 * 1024;
    private const int MemoryBytes = 4 * PageBytes;
    private const int SegmentBytes = 4 * 1024 * 1024;

    /// <summary>Opens the queue over a <see cref="DurableLog"/>.</summary>
    /// <param name="directory">Holds the log and nothing else; its parent must be writable.</param>
    /// <exception cref="DirectoryInUseException">Another instance has the directory open.</exception>
    public static Task<EmbeddedQueue> OpenAsync(
        string directory, EmbeddedQueueOptions options, TimeProvider time, FunctionMetrics metrics, ILogger logger) =>
        OpenAsync(
            directory,
            path => DurableLog.Open(new DurableLogOptions
            {
                Directory = path,
                PageBytes = PageBytes,
                MemoryBytes = MemoryBytes,
                SegmentBytes = SegmentBytes,
                TimeProvider = time,
                Logger = logger,
            }),
            static e => e is DataMissingException,
            options,
            time,
            metrics,
            logger);

    /// <param name="openLog">Opens the log in a directory, making it if absent.</param>
    /// <param name="isDamage">
    /// Whether an exception of the log says that its data are damaged, as <see cref="InvalidDataException"/> always does. Any other one
    /// (locked, no permission, disk full) says nothing about the data and ends the start.
    /// </param>
    public static async Task<EmbeddedQueue> OpenAsync(
        string directory,
        Func<string, IDurableLog> openLog,
        Func<Exception, bool> isDamage,
        EmbeddedQueueOptions options,
        TimeProvider time,
        FunctionMetrics metrics,
        ILogger logger)
    {
        EmbeddedQueue queue;
        try
        {
            queue = await OpenOrCloseAsync(openLog(directory), options, time).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidDataException || isDamage(e))
        {
            var aside = SetAside(directory, time);
            metrics.QueueReset();
            logger.LogWarning(
                e,
                "The queue's log in {Directory} is damaged. It was moved to {Aside} and the queue starts empty; the sweep repeats what is due.",
                directory,
                aside);
            queue = await OpenOrCloseAsync(openLog(directory), options, time).ConfigureAwait(false);
        }

        queue.PoisonDropped = name =>
        {
            metrics.PoisonDropped(name);
            logger.LogWarning("Poison queue {Queue} is full; its oldest message was dropped.", name);
        };
        metrics.Observe(queue);
        return queue;
    }

    private static async Task<EmbeddedQueue> OpenOrCloseAsync(IDurableLog log, EmbeddedQueueOptions options, TimeProvider time)
    {
        try
        {
            return new EmbeddedQueue(log, options, time);
        }
        catch
        {
            await log.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string SetAside(string directory, TimeProvider time)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var stem = $"{full}.damaged-{time.GetUtcNow():yyyyMMdd-HHmmss}";
        var aside = stem;
        for (var i = 2; Directory.Exists(aside); i++)
            aside = $"{stem}-{i}";
        if (Directory.Exists(full))
            Directory.Move(full, aside);
        return aside;
    }
}
