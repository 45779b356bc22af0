using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>From Gemini's reasons to Anthropic's closed set (rules E33, E37). https://ai.google.dev/api/generate-content#FinishReason</summary>
internal static class FinishReasons
{
    /// <param name="message">Google's own words, if there are any.</param>
    /// <exception cref="GatewayException">The reason says that the answer failed.</exception>
    public static Stop Map(Answer answer, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> message)
    {
        var name = Encoding.UTF8.GetString(reason);
        return name switch
        {
            "MAX_TOKENS" => new Stop(StopReasons.MaxTokens),
            "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "MODEL_ARMOR" or "JAILBREAK"
                or "IMAGE_SAFETY" or "IMAGE_PROHIBITED_CONTENT" or "IMAGE_RECITATION" => Refusal(name, message),
            // The model wrote a call that can't be read; another try usually succeeds.
            "MALFORMED_FUNCTION_CALL" or "UNEXPECTED_TOOL_CALL" or "TOO_MANY_TOOL_CALLS" or "MALFORMED_RESPONSE" or "MISSING_THOUGHT_SIGNATURE" =>
                throw new GatewayException(ErrorKind.ProviderError, $"The model's answer could not be used ({name}){Words(message)}"),
            "" or "STOP" or "FINISH_REASON_UNSPECIFIED" => new Stop(StopReasons.EndTurn),
            _ => Unknown(answer, name),
        };
    }

    private static Stop Unknown(Answer answer, string reason)
    {
        answer.Drop(Encoding.UTF8.GetBytes($"finishReason.{reason}"));
        return new Stop(StopReasons.EndTurn);
    }

    /// <summary>The prompt was refused, so there is no candidate.</summary>
    public static Stop Blocked(ReadOnlySpan<byte> reason, ReadOnlySpan<byte> message) => Refusal(Encoding.UTF8.GetString(reason), message);

    private static Stop Refusal(string name, ReadOnlySpan<byte> message) =>
        new(StopReasons.Refusal, Explanation: message.Length > 0 ? Encoding.UTF8.GetString(message) : $"The provider blocked the answer: {name}.");

    private static string Words(ReadOnlySpan<byte> message) => message.Length > 0 ? $": {Encoding.UTF8.GetString(message)}" : ".";
}
