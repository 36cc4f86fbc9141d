namespace Pipeline.Hotpath.Hosting;

/// <summary>The product refuses to start; the message says why and what to do.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
