using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Loop;

/// <summary>Takes effects whose commands are on disk. Must not block: an effect it cannot take is dropped, and the sweep repeats it.</summary>
public interface IEffectSink
{
    void Post(Effect effect);
}
