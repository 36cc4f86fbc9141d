namespace Pipeline.Functions.Api;

/// <summary>Ends a request with a status and a message that begins with the field it is about.</summary>
public sealed class ApiException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    public static ApiException BadField(string field, string problem) => new(StatusCodes.Status400BadRequest, $"{field}: {problem}");

    public static ApiException NotFound(string message) => new(StatusCodes.Status404NotFound, message);
}
