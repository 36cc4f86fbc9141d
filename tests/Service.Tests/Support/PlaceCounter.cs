using System.Diagnostics.Metrics;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Counts the placements that the loops of the process refused for want of room.</summary>
internal sealed class PlaceCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<Instrument, long> _noFits = [];

    public PlaceCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "pipeline_commands_total")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags[0].Value is "Place" && tags[1].Value is "NoFit")
                _noFits[instrument] = value;
        });
        _listener.Start();
    }

    public long NoFits()
    {
        _listener.RecordObservableInstruments();
        return _noFits.Values.Sum();
    }

    public void Dispose() => _listener.Dispose();
}
