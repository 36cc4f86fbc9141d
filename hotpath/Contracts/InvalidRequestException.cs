namespace Pipeline.Contracts;

/// <summary>
/// The caller's request is wrong; the message names the field and is meant for the caller. An <see cref="ArgumentException"/> of another
/// kind is a mistake of our own, whose text is nobody's business.
/// </summary>
public sealed class InvalidRequestException(string message, Exception? inner = null) : ArgumentException(message, inner);
