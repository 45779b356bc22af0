using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Clouds;

/// <summary>
/// What a cloud says when it does not answer, as Anthropic would say it: with the status and the type that clients, and the gateway's own rules for the next
/// try, go by. Clouds have several shapes of errors each, so the shape is looked at and not the door.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">Anthropic's <c>error.type</c>.</param>
/// <param name="Message">The cloud's words, or ours where they are told in Anthropic's.</param>
public readonly partial record struct DoorError(int Status, string Type, string Message)
{
    private const int MaxMessage = 2000;

    /// <summary>Whether the cloud did not like the time of a signature, which another time may mend.</summary>
    public static bool IsAboutTime(ReadOnlySpan<byte> body) => Clock().IsMatch(Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxMessage)]));

    /// <summary>
    /// The error of an answer; null for one that is no error, or says it in Anthropic's own form with a status that fits.
    /// </summary>
    /// <param name="status">The answer's.</param>
    /// <param name="errorType">Amazon's header <c>x-amzn-errortype</c>: <c>ThrottlingException:http://…</c>.</param>
    /// <param name="body">The whole body.</param>
    public static DoorError? Of(int status, string? errorType, ReadOnlySpan<byte> body)
    {
        var code = errorType?.Split(':')[0];
        if (status < 400 && code is null && body.IndexOf("UnknownOperationException"u8) < 0)
            return null;
        var said = Read(body);
        code ??= said.Code;
        // A text of the answer's may speak of it, too.
        if (status < 400 && code != "UnknownOperationException")
            return null;
        if (said.IsAnthropics)
            return OfAnthropic(status, said.Message);
        var message = Cut(said.Message ?? (status < 400 ? "The cloud knows no such operation." : $"The provider answered with status {status}."));
        return Of(status, code ?? "", message);
    }

    /// <summary>The error of an exception in the middle of a stream.</summary>
    /// <param name="name">Of the exception, as the frame spells it: <c>throttlingException</c>.</param>
    /// <param name="payload">JSON with the message, or nothing.</param>
    public static DoorError OfException(string name, ReadOnlySpan<byte> payload)
    {
        var said = Read(payload);
        if (said.OriginalStatus is { } status and >= 400 and < 600)
            return Of(status, "", Cut(said.OriginalMessage ?? said.Message ?? "The model failed in the middle of its answer."));
        return Of(500, name.Length > 0 ? char.ToUpperInvariant(name[0]) + name[1..] : "", Cut(said.Message ?? $"The answer ended with {name}."));
    }

    /// <summary>Anthropic's body of it.</summary>
    public byte[] ToJson()
    {
        var output = new ArrayBufferWriter<byte>(128 + Message.Length);
        using (var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "error"u8);
            json.WriteStartObject("error"u8);
            json.WriteString("type"u8, Type);
            json.WriteString("message"u8, Message);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html, https://cloud.google.com/apis/design/errors
    /// </summary>
    private static DoorError Of(int status, string code, string message)
    {
        if (IsTooLong(message))
            return new(400, ErrorTypes.InvalidRequest, InAnthropicsWords(message));
        // The id is not for this place: the route of the catalog is wrong, not the request.
        if (status is 400 or 404 && Misrouted().IsMatch(message))
            return new(404, ErrorTypes.NotFound, message);
        return code switch
        {
            "ThrottlingException" or "TooManyRequestsException" or "RESOURCE_EXHAUSTED" or "ServiceQuotaExceededException" =>
                new(429, ErrorTypes.RateLimit, message),
            "ModelNotReadyException" or "ServiceUnavailableException" or "UNAVAILABLE" => new(529, ErrorTypes.Overloaded, message),
            "ModelTimeoutException" or "DEADLINE_EXCEEDED" => new(504, ErrorTypes.Timeout, message),
            "ModelErrorException" or "ModelStreamErrorException" or "InternalServerException" or "INTERNAL" => new(500, ErrorTypes.Api, message),
            "AccessDeniedException" or "InvalidClientTokenId" or "PERMISSION_DENIED" => new(403, ErrorTypes.Permission, message),
            "InvalidSignatureException" or "UnrecognizedClientException" or "ExpiredTokenException" or "ExpiredToken" or "IncompleteSignature"
                or "IncompleteSignatureException" or "RequestExpired" or "MissingAuthenticationTokenException" or "UNAUTHENTICATED" =>
                new(401, ErrorTypes.Authentication, message),
            "ResourceNotFoundException" or "NOT_FOUND" or "DeploymentNotFound" or "FTUFormNotFilled" or "UnknownOperationException" =>
                new(404, ErrorTypes.NotFound, message),
            "ValidationException" or "INVALID_ARGUMENT" => new(400, ErrorTypes.InvalidRequest, message),
            _ => new(OfStatus(status), TypeOf(status), message),
        };
    }

    /// <summary>Anthropic's own form with a status that would be read otherwise, or words that only this cloud has.</summary>
    private static DoorError? OfAnthropic(int status, string? message)
    {
        if (message is null)
            return null;
        if (IsTooLong(message) && !message.Contains("prompt is too long", StringComparison.Ordinal))
            return new(400, ErrorTypes.InvalidRequest, InAnthropicsWords(message));
        return status == 400 && Misrouted().IsMatch(message) ? new(404, ErrorTypes.NotFound, Cut(message)) : null;
    }

    private static int OfStatus(int status) => status switch
    {
        408 => 504,
        424 => 500,
        503 => 529,
        < 400 => 502,
        _ => status,
    };

    private static string TypeOf(int status) => status switch
    {
        400 or 422 => ErrorTypes.InvalidRequest,
        401 => ErrorTypes.Authentication,
        403 => ErrorTypes.Permission,
        404 => ErrorTypes.NotFound,
        408 or 504 => ErrorTypes.Timeout,
        413 => ErrorTypes.RequestTooLarge,
        429 => ErrorTypes.RateLimit,
        503 or 529 => ErrorTypes.Overloaded,
        >= 500 or 424 => ErrorTypes.Api,
        _ => ErrorTypes.InvalidRequest,
    };

    private static bool IsTooLong(string message) =>
        message.Contains("Input is too long for requested model", StringComparison.OrdinalIgnoreCase)
        || message.Contains("prompt is too long", StringComparison.OrdinalIgnoreCase);

    /// <summary>Clients compact the conversation when they read these words (rule E123).</summary>
    private static string InAnthropicsWords(string message) =>
        message.Contains("prompt is too long", StringComparison.Ordinal) ? message : $"prompt is too long: {message}";

    private static string Cut(string message) => message.Length <= MaxMessage ? message : message[..MaxMessage];

    /// <summary>
    /// Amazon's <c>{"message"}</c>, Google's and Azure's <c>{"error":{"code","message","status"}}</c>, on Google's streams in an array; or Anthropic's.
    /// </summary>
    private static Said Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, GatewayJson.ReaderOptions);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
                root = root[0];
            if (root.ValueKind != JsonValueKind.Object)
                return default;
            // What Amazon answers at a path that it does not know.
            if (root.TryGetProperty("Output"u8, out var inner) && inner.ValueKind == JsonValueKind.Object)
                root = inner;
            if (root.TryGetProperty("error"u8, out var error) && error.ValueKind == JsonValueKind.Object)
            {
                return new(
                    Text(error, "message") ?? Text(error, "Message"), Text(error, "status") ?? Text(error, "code"),
                    Text(root, "type") == "error" && Text(error, "type") is not null, null, null);
            }

            return new(
                Text(root, "message") ?? Text(root, "Message"), (Text(root, "__type") ?? Text(root, "code"))?.Split('#')[^1], false,
                root.TryGetProperty("originalStatusCode"u8, out var status) && status.TryGetInt32(out var number) ? number : null,
                Text(root, "originalMessage"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex(
        "on-demand throughput isn.t supported|model identifier is invalid|invalid model identifier|is not servable in region", RegexOptions.IgnoreCase)]
    private static partial Regex Misrouted();

    [GeneratedRegex(@"Signature expired|Signature not yet current|RequestExpired|RequestTimeTooSkewed|request has expired", RegexOptions.IgnoreCase)]
    private static partial Regex Clock();

    private readonly record struct Said(string? Message, string? Code, bool IsAnthropics, int? OriginalStatus, string? OriginalMessage);
}
