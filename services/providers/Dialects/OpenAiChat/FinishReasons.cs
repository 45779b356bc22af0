using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal static class FinishReasons
{
    /// <summary>Every spelling seen, on Anthropic's closed set; an unknown one is an ordinary end (rule E33).</summary>
    /// <exception cref="GatewayException">The reason says that the answer failed.</exception>
    public static Stop Map(Answer answer, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> matchedStop, bool refused) => Encoding.UTF8.GetString(reason) switch
    {
        "length" or "max_tokens" or "model_length" => new Stop(StopReasons.MaxTokens),
        "content_filter" or "sensitive" or "safety" => new Stop(StopReasons.Refusal),
        "model_context_window_exceeded" => new Stop(StopReasons.ContextWindowExceeded),
        "error" or "network_error" => throw new GatewayException(ErrorKind.ProviderError, "The provider failed while it was answering."),
        "insufficient_system_resource" => throw new GatewayException(ErrorKind.ProviderOverloaded, "The provider ran out of resources while it was answering."),
        _ when refused => new Stop(StopReasons.Refusal),
        // Only a provider that names the sequence is believed; guessing by the text is wrong as often as right (rule E34).
        "stop" when matchedStop.Length > 0 => new Stop(StopReasons.StopSequence, Encoding.UTF8.GetString(matchedStop)),
        "" or "stop" or "tool_calls" or "tool_call" or "function_call" or "end_turn" or "tool_use" or "eos" or "eos_token" or "stop_sequence" =>
            new Stop(StopReasons.EndTurn),
        var unknown => Unknown(answer, unknown),
    };

    private static Stop Unknown(Answer answer, string reason)
    {
        answer.Drop(Encoding.UTF8.GetBytes($"finish_reason.{reason}"));
        return new Stop(StopReasons.EndTurn);
    }
}
