using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>OpenAI has one form of error for all its APIs; in a Responses stream it is the event itself or the member of a failed response.</summary>
internal static class ErrorReader
{
    public static ProviderFailure Read(ProviderCall call, int status, ReadOnlyMemory<byte> body)
    {
        var failure = OpenAiChat.ErrorReader.Read(call, status, body);
        // A model that does not reason refuses to encrypt what it does not think.
        return failure is { Kind: ErrorKind.InvalidRequest, Remedy: null } && call.Allows("include")
            && failure.Message.Contains("encrypted content is not supported", StringComparison.OrdinalIgnoreCase)
            ? failure with { Remedy = call.Adjustments with { Without = call.Adjustments.Without.Add("include") } }
            : failure;
    }

    /// <param name="owner">The event or the response that holds the error.</param>
    public static GatewayException InStream(ProviderCall call, ReadOnlySpan<byte> owner) => OpenAiChat.ErrorReader.InStream(call, owner);
}
