using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>OpenAI Responses, used without its server-side state. https://platform.openai.com/docs/api-reference/responses</summary>
internal sealed class Dialect : IDialect
{
    public const string InputTokens = "/responses/input_tokens";

    public string Name => DialectNames.OpenAiResponses;

    public CredentialHeader Credentials => CredentialHeader.Bearer;

    public ITranslation? Translation { get; } = new Translation();

    public string? Path(string operation, string upstreamModel, bool stream) => operation switch
    {
        Operations.Generate => "/responses",
        Operations.CountTokens => InputTokens,
        _ => null,
    };
}
