namespace Gateway.Contracts.Errors;

/// <summary>
/// A failure with its answer: thrown where the reason is known, written by whoever still holds the response.
/// The message goes to the client, so it says what was wrong and what to do.
/// </summary>
public sealed class GatewayException : Exception
{
    public GatewayException(ErrorKind kind, string message, Exception? inner = null) : base(message, inner) => Kind = kind;

    public ErrorKind Kind { get; }

    /// <summary>Seconds for <c>retry-after</c>, where known.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static GatewayException Invalid(string message) => new(ErrorKind.InvalidRequest, message);
}
