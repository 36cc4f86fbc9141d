namespace Pipeline.TestControlPlane.Tests;

/// <summary>
/// The entry point of this assembly as a program: starts a program as a control plane would, prints its id, and waits to be killed.
/// Argument: the folder of the control plane.
/// </summary>
internal static class Holder
{
    public static void Main(string[] arguments)
    {
        using var process = new ControlPlaneProcess("sleep", "sleep", ["infinity"], arguments[0]);
        Console.WriteLine(process.Id);
        Thread.Sleep(Timeout.Infinite);
    }
}
