using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>From the status of a response, the only end mark there is, to Anthropic's closed set of stop reasons (rule E33).</summary>
internal static class FinishReasons
{
    /// <param name="refused">The model sent a refusal as such, not as text.</param>
    /// <exception cref="GatewayException">The response failed, or is not at its end.</exception>
    public static Stop Map(ProviderCall call, ReadOnlySpan<byte> response, bool refused)
    {
        var status = JsonSlice.Text(JsonSlice.Member(response, "status"u8));
        if (status.SequenceEqual("failed"u8) || (status.Length == 0 && IsError(response)))
            throw ErrorReader.InStream(call, response);
        if (status.SequenceEqual("incomplete"u8))
            return Incomplete(JsonSlice.Text(JsonSlice.Member(JsonSlice.Member(response, "incomplete_details"u8), "reason"u8)));
        if (status.SequenceEqual("completed"u8))
            return new Stop(refused ? StopReasons.Refusal : StopReasons.EndTurn);
        if (status.SequenceEqual("cancelled"u8))
            throw new GatewayException(ErrorKind.ProviderTruncated, "The provider cancelled its answer.");
        throw new GatewayException(ErrorKind.ProviderProtocol, $"The provider's answer has the status \"{Encoding.UTF8.GetString(status)}\", which is no end.");
    }

    /// <summary>An answer that is not whole is never an ordinary end, whatever the reason is called.</summary>
    private static Stop Incomplete(ReadOnlySpan<byte> reason) => reason.SequenceEqual("content_filter"u8)
        ? new Stop(StopReasons.Refusal, Explanation: "The provider's content filter stopped the answer.")
        : new Stop(StopReasons.MaxTokens);

    private static bool IsError(ReadOnlySpan<byte> response)
    {
        var error = JsonSlice.Member(response, "error"u8);
        return error.Length > 0 && !JsonSlice.IsNull(error);
    }
}
