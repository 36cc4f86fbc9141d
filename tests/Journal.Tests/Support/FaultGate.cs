using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Tests.Support;

/// <summary>A disk that fails where the test says. After <see cref="Die"/> nothing gets through any more, as after a crash.</summary>
internal sealed class FaultGate : DiskGate
{
    private volatile bool _dead;

    public Func<string, long, bool> FailAllocate { get; set; } = (_, _) => false;

    public Func<string, bool> FailWrite { get; set; } = _ => false;

    public Func<string, bool> FailSync { get; set; } = _ => false;

    public string? DieAtStage { get; set; }

    public List<string> Stages { get; } = [];

    public Action? BeforeSync { get; set; }

    public void Die() => _dead = true;

    public override void OnAllocate(string path, long bytes) => Check(FailAllocate(path, bytes));

    public override void OnWrite(string path, long offset, int bytes) => Check(FailWrite(path));

    public override void OnSync(string path)
    {
        BeforeSync?.Invoke();
        Check(FailSync(path));
    }

    public override void OnStage(string stage)
    {
        Stages.Add(stage);
        if (stage == DieAtStage)
            Die();
        Check(false);
    }

    private void Check(bool fail)
    {
        if (_dead || fail)
            throw new IOException("No space left on device");
    }
}
