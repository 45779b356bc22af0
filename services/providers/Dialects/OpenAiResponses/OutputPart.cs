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
}
