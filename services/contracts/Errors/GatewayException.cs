namespace Gateway.Contracts.Errors;

/// <summary>
/// A failure with its answer: thrown where the reason is known, answered in one place of each service.
/// The message goes to the client, so it says what was wrong and what to do.
/// </summary>
public class GatewayException : Exception
{
    /// <summary>What the client reads of <see cref="ErrorKind.Interrupted"/>.</summary>
    public const string InterruptedMessage = "The gateway was interrupted while it answered. Send the request again.";

    public GatewayException(ErrorKind kind, string message, Exception? inner = null) : base(message, inner) => Kind = kind;

    public ErrorKind Kind { get; }

    /// <summary>Seconds for <c>retry-after</c>, where known.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Anthropic's <c>error.details.error_code</c>, for reasons that clients act on.</summary>
    public string? Code { get; init; }

    public static GatewayException Interrupted(Exception? inner = null) => new(ErrorKind.Interrupted, InterruptedMessage, inner);

    public static GatewayException Invalid(string message) => new(ErrorKind.InvalidRequest, message);

    /// <summary>A request that has half of a character where it has to be read (<see cref="Json.GatewayJson.IsHalfCharacter"/>).</summary>
    public static GatewayException HalfCharacter(Exception cause) => new(
        ErrorKind.InvalidRequest,
        "request body: has half of a character, a \\u escape from d800 to dfff without its other half, in a name or a word that has to be read. "
        + "Send both halves, or leave it out.",
        cause);
}
