using Gateway.Providers.Dialects;

namespace Gateway.Providers.AzureOpenAi;

/// <summary>
/// Azure OpenAI over its v1 API (<c>https://RESOURCE.openai.azure.com/openai/v1</c>), where the model is the deployment's name.
/// https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
/// </summary>
internal static class AzureOpenAiProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "azure-openai",
        Credentials = CredentialHeader.ApiKey,
        Quirks = QuirkSet.Of(
            Quirk.MaxCompletionTokens,
            Quirk.SafetyIdentifier,
            Quirk.StrictTools,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.NoSamplingWhenReasoning,
            Quirk.FileParts),
    };
}
