using Gateway.Providers.Clouds;
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
        Login = CloudLogin.Azure(CredentialHeader.ApiKey),
        Credentials = CredentialHeader.ApiKey,
        PassesFamiliesOn = true,
        Quirks = QuirkSet.Of(
            // "Reasoning models will only work with the max_completion_tokens parameter"; temperature and top_p are not supported by them; effort is.
            // https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning
            Quirk.MaxCompletionTokens,
            Quirk.NoSamplingWhenReasoning,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            // Not confirmed by a page of Azure's own: taken over from OpenAI, whose schema the v1 API follows.
            Quirk.StrictTools,
            Quirk.SafetyIdentifier,
            Quirk.FileParts,
            // https://learn.microsoft.com/azure/ai-foundry/openai/how-to/web-search
            Quirk.WebSearchTool,
            // https://learn.microsoft.com/azure/ai-foundry/openai/how-to/prompt-caching
            Quirk.PromptCacheKey),
    };
}
