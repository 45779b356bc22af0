using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>One message of the request as it is going to be sent.</summary>
internal abstract record ChatMessage
{
    /// <param name="Role">The user or the system.</param>
    public sealed record Said(Role Role, IReadOnlyList<ContentBlock> Content) : ChatMessage;

    public sealed record Result(string ToolUseId, RequestText Text) : ChatMessage;

    /// <param name="Content">A whole turn.</param>
    /// <param name="Continues">The last message, which the model is to continue.</param>
    public sealed record Assistant(IReadOnlyList<ContentBlock> Content, bool Continues) : ChatMessage;

    /// <summary>Stands where the assistant has to have said something.</summary>
    public sealed record Acknowledgement : ChatMessage;
}
