using System.Diagnostics.Metrics;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Counts how often the loops of the process were asked for a placement.</summary>
internal sealed class PlaceCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<(Instrument, string Outcome), long> _asked = [];

    public PlaceCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "pipeline_commands_total")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags[0].Value is "Place")
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
