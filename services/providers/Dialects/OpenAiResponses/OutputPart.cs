namespace Gateway.Providers.Dialects.OpenAiResponses;

internal enum OutputPart
{
    Text,
    Refusal,

    /// <summary>What OpenAI shows of the reasoning.</summary>
    Summary,

    /// <summary>The reasoning itself, of open models.</summary>
    Reasoning,
    Call,
    Arguments,
    Encrypted,

    /// <summary>What a message is for: commentary or the final answer.</summary>
    Phase,

    /// <summary>An annotation of a text, by its number among all of the item.</summary>
    Annotation,

    /// <summary>An item of a kind that Anthropic's format has no place for.</summary>
    Unknown,
}
