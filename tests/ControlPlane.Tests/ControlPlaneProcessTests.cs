using System.Diagnostics;
using System.Globalization;

namespace Pipeline.TestControlPlane.Tests;

public sealed class ControlPlaneProcessTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_program_dies_with_the_process_that_started_it_and_leaves_no_folder()
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-control-plane-").FullName;
        var start = new ProcessStartInfo("dotnet", [typeof(Holder).Assembly.Location, folder]) { RedirectStandardOutput = true };
        using var holder = Process.Start(start)!;
        var program = int.Parse((await holder.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        Assert.True(Running.Is(program));

        holder.Kill();
        await Eventually.TrueAsync("the end of the program", Bound, () => Task.FromResult(!Running.Is(program) && !Directory.Exists(folder)));
    }

    [Fact]
    public void A_log_can_be_read_while_the_program_writes_it()
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-control-plane-").FullName;
        using (var process = new ControlPlaneProcess("seq", "bash", ["-c", "seq 100000; echo last >&2; exec sleep infinity"], folder))
        {
            Assert.True(SpinWait.SpinUntil(() => process.LogTail.EndsWith("\nlast\n", StringComparison.Ordinal), Bound), process.LogTail);
            Assert.Equal(16 * 1024, process.LogTail.Length);
        }

        Directory.Delete(folder, recursive: true);
    }
}
