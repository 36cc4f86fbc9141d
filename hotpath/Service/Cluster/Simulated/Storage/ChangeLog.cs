using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Cluster.Simulated.State;

namespace Pipeline.Hotpath.Cluster.Simulated.Storage;

/// <summary>The only way to change the state: a change is in the file before it takes effect. Without a directory there is no file.</summary>
internal sealed class ChangeLog : IDisposable
{
    private const int Format = 1;

    private readonly SimulatedClusterOptions _options;
    private readonly SimulationState _state;
    private readonly ILogger _logger;
    private readonly ChangeFile? _file;
    private Created? _created;
    private bool _inImage;
    private long _compactAtLines;

    /// <exception cref="InvalidDataException">The file is damaged, or was made for other nodes or another seed.</exception>
    /// <exception cref="IOException">The directory cannot be used, or another process uses it.</exception>
    public ChangeLog(SimulatedClusterOptions options, SimulationState state, EventRing events, DateTimeOffset now, ILogger logger)
    {
        (_options, _state, _logger) = (options, state, logger);
        if (options.Directory is not null)
            _file = ChangeFile.Open(options.Directory, Replay);
        try
        {
            if (_inImage)
                throw new InvalidDataException($"The snapshot in {options.Directory} is cut off.");
            var fresh = _created is null;
            state.Events = events;
            if (fresh)
            {
                _created = new Created(now, Format, options.Nodes, options.Seed, options.FillPercent, Image: false);
                Commit(_created, throughToDisk: true);
            }
            else
            {
                events.Forget();
            }

            CompactWhenLong(now);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <param name="throughToDisk">For what must survive the machine as well as the process.</param>
    public void Commit(Change change, bool throughToDisk = false)
    {
        _file?.Append(change, throughToDisk);
        _state.Apply(change);
        if (_created is not null)
            CompactWhenLong(change.At);
    }

    public void Dispose() => _file?.Dispose();

    private void Replay(Change change)
    {
        if (_created is null)
        {
            _created = change as Created
                ?? throw new InvalidDataException($"The simulation in {_options.Directory} does not begin with its making.");
            CheckMadeForUs(_created);
            _inImage = _created.Image;
        }

        if (change is ImageEnd)
            _inImage = false;
        _state.Apply(change);
    }

    private void CheckMadeForUs(Created created)
    {
        if (created.Format != Format)
            throw new InvalidDataException($"Simulation:Directory {_options.Directory} has format {created.Format}; this version reads {Format}.");
        Check(nameof(SimulatedClusterOptions.Nodes), created.Nodes, _options.Nodes);
        Check(nameof(SimulatedClusterOptions.Seed), created.Seed, _options.Seed);

        void Check<T>(string name, T made, T asked) where T : IEquatable<T>
        {
            if (!made.Equals(asked))
            {
                throw new InvalidDataException(
                    $"Simulation:{name} is {asked}, but the simulation in {_options.Directory} was made with {made}; "
                    + "keep the setting, or choose another Simulation:Directory.");
            }
        }
    }

    private void CompactWhenLong(DateTimeOffset now)
    {
        if (_file is null || _file.Lines < Math.Max(_compactAtLines, _file.ImageLines + Math.Max(_options.CompactAfter, _file.ImageLines)))
            return;
        try
        {
            _file.Rewrite(_state.Image(_created!, now));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The long file still holds everything, so a failed rewrite costs only space; trying at every change would cost time too.
            _compactAtLines = _file.Lines * 2;
            _logger.LogWarning(error, "The simulation's file could not be rewritten; it goes on growing.");
        }
    }
}
