namespace Gateway.Contracts.Names;

/// <summary>What the gateway itself made out of another provider's reasoning and citations. Anthropic must never be sent any of it (rule E83).</summary>
public static class MintedThinking
{
    /// <summary>Every signature of this gateway starts so; no signature of Anthropic's does.</summary>
    public const string SignaturePrefix = "gateway1.";

    /// <summary>The <c>encrypted_index</c> of citations that the gateway made of another provider's; not for Anthropic either.</summary>
    public const string CitationIndex = SignaturePrefix;

    /// <summary>The ids of calls of web tools that were not run by Anthropic start so.</summary>
    public const string ServerToolId = "srvtoolu_gateway1_";

    /// <summary>The <c>encrypted_content</c> of what the gateway or another provider has found starts so; what follows is its text in base64url.</summary>
    public const string ResultPrefix = SignaturePrefix;
}
