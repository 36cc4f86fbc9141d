using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Simulation.Tests.Core;

/// <summary>The process dies here: thrown from one of its dependencies, caught by the world alone.</summary>
internal sealed class CrashException : Exception;

/// <summary>Something that must never be is.</summary>
internal sealed class BrokenInvariantException(string message) : Exception(message)
{
    public static void Unless([DoesNotReturnIf(false)] bool holds, string rule, Func<string> detail)
    {
        if (!holds)
            throw new BrokenInvariantException($"{rule}: {detail()}");
    }
}

/// <summary>The world has one thread: what is awaited in it is done already.</summary>
internal static class Synchronously
{
    public static void Run(Task task)
    {
        Check(task);
        task.GetAwaiter().GetResult();
    }

    public static T Run<T>(Task<T> task)
    {
        Check(task);
        return task.GetAwaiter().GetResult();
    }

    private static void Check(Task task)
    {
        if (!task.IsCompleted)
            throw new BrokenInvariantException("a call did not complete synchronously");
    }
}
