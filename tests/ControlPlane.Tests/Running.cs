namespace Pipeline.TestControlPlane.Tests;

internal static class Running
{
    /// <summary>A process of this id runs; one that ended and that nobody waited for yet (a zombie) does not.</summary>
    public static bool Is(int process)
    {
        try
        {
            return StateOf(process) != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>proc(5): R, S, T (stopped), Z and so on, after the name in parentheses.</summary>
    public static char StateOf(int process) => File.ReadAllText($"/proc/{process}/stat").Split(") ")[1][0];
}
