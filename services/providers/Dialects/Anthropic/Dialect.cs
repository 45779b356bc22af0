using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects.Anthropic;

/// <summary>The gateway's own format: nothing to translate.</summary>
internal sealed class Dialect : IDialect
{
    public string Name => "anthropic";

    public CredentialHeader Credentials => CredentialHeader.XApiKey;

    public ITranslation? Translation => null;

    public string? Path(string operation, string upstreamModel, bool stream) => operation switch
    {
        Operations.Generate => "/v1/messages",
        Operations.CountTokens => "/v1/messages/count_tokens",
        _ => null,
    };
}
