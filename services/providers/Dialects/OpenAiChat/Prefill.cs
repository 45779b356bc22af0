using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal static class Prefill
{
    /// <summary>The beginning of the answer that the request gives; null where it gives none.</summary>
    public static string? Of(MessagesRequest request) =>
        request.Messages.Count > 0 && request.Messages[^1] is { Role: Role.Assistant } last
            ? string.Concat(last.Content.OfType<ContentBlock.Text>().Select(t => t.Value))
            : null;
}
