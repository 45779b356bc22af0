namespace Gateway.Contracts.Names;

/// <summary>Thinking blocks that the gateway itself made, out of another provider's reasoning. Anthropic must never be sent one (rule E83).</summary>
public static class MintedThinking
{
    /// <summary>Every signature of this gateway starts so; no signature of Anthropic's does.</summary>
    public const string SignaturePrefix = "gateway1.";
}
