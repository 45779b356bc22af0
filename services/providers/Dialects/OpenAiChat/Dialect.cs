using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>OpenAI Chat Completions, and everything that calls itself compatible with it.</summary>
internal sealed class Dialect : IDialect
{
    public string Name => "openai-chat";

    public CredentialHeader Credentials => CredentialHeader.Bearer;

    public ITranslation? Translation { get; } = new Translation();

    public string? Path(string operation, string upstreamModel, bool stream) =>
        operation == Operations.Generate ? "/chat/completions" : null;
}
