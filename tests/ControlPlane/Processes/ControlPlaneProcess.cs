using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Pipeline.TestControlPlane;

/// <summary>
/// One program of the control plane. It can be stopped, continued and killed by its id, and it is killed when the process of the test
/// ends, however that ends.
/// </summary>
public sealed class ControlPlaneProcess : IDisposable
{
    private const int SigKill = 9;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private const int TailBytes = 16 * 1024;

    // The shell becomes the program, so the id of the process is the program's own. A subshell stays behind as its child and reads from
    // a pipe whose other end only the test's process has: the pipe ends when that process does, by whatever signal. The subshell then
    // kills its parent, if that still is the program and not init (another program may have the id by then), and removes what it wrote.
    private const string Guarded = """
        {
          read -r _
          read -r _ _ _ parent _ </proc/$BASHPID/stat
          if [ "$parent" = $$ ]; then kill -9 $$; rm -rf "$0"; fi
        } <&0 >/dev/null 2>&1 &
        exec "$@" </dev/null
        """;

    private readonly Process _process;
    private readonly string _log;

    /// <param name="name">Names the log.</param>
    /// <param name="program">A path, or a name on the PATH.</param>
    /// <param name="arguments">The program's.</param>
    /// <param name="folder">Of the control plane: has the logs, and is removed when the test's process ends before the program.</param>
    internal ControlPlaneProcess(string name, string program, IEnumerable<string> arguments, string folder)
    {
        Name = name;
        _log = Path.Combine(folder, $"{name}.log");
        var script = $"exec >>'{_log}' 2>&1\n{Guarded}";
        var start = new ProcessStartInfo("bash", ["-c", script, folder, program, .. arguments]) { RedirectStandardInput = true, WorkingDirectory = folder };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The end of what the program wrote, at most 16 KiB.</summary>
    public string LogTail
    {
        get
        {
            if (!File.Exists(_log))
                return "";
            using var file = new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Seek(-Math.Min(TailBytes, file.Length), SeekOrigin.End);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return reader.ReadToEnd();
        }
    }

    /// <summary>SIGSTOP: connections stay open and nothing answers.</summary>
    public void Pause() => Signal(SigStop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signal(SigCont);

    /// <summary>SIGKILL, and waits for the end. Does nothing to a program that has ended.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            Signal(SigKill);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        // Closes the pipe too, which ends the subshell.
        _process.Dispose();
    }

    private void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0 && !_process.HasExited)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{Name} did not take signal {signal}.");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
