using System.Diagnostics.Metrics;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Counts the commands of a kind that the loops of the process decided.</summary>
internal sealed class CommandCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<(Instrument, string Outcome), long> _asked = [];

    public CommandCounter(CommandKind kind)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "pipeline_commands_total")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if ((string)tags[0].Value! == kind.ToString())
                _asked[(instrument, (string)tags[1].Value!)] = value;
        });
        _listener.Start();
    }

    public long Asked()
    {
        _listener.RecordObservableInstruments();
        return _asked.Values.Sum();
    }

    public void Dispose() => _listener.Dispose();
}
