namespace Pipeline.Functions.Tests.Notify.Support;

/// <summary>Stands for the death of the process: nothing in the product catches it.</summary>
internal sealed class CrashException() : Exception("The process died.");
