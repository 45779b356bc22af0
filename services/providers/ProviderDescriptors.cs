using Gateway.Contracts.Catalog;
using Gateway.Providers.Clouds;
using Gateway.Providers.Dialects;

namespace Gateway.Providers;

/// <summary>The providers the gateway knows by name. One it does not know needs only a catalog entry.</summary>
public static class ProviderDescriptors
{
    private static readonly Dictionary<string, ProviderDescriptor> ByName = ((ProviderDescriptor[])
    [
        OpenAi.OpenAiProvider.Descriptor,
        AzureOpenAi.AzureOpenAiProvider.Descriptor,
        OpenRouter.OpenRouterProvider.Descriptor,
        DeepSeek.DeepSeekProvider.Descriptor,
        Mistral.MistralProvider.Descriptor,
        Gemini.GeminiProvider.Descriptor,
        Gemini.GeminiProvider.Vertex,
        Groq.GroqProvider.Descriptor,
        XAi.XAiProvider.Descriptor,
        Together.TogetherProvider.Descriptor,
        Fireworks.FireworksProvider.Descriptor,
        Cerebras.CerebrasProvider.Descriptor,
        Moonshot.MoonshotProvider.Descriptor,
        Zhipu.ZhipuProvider.Descriptor,
        DashScope.DashScopeProvider.Descriptor,
        Ollama.OllamaProvider.Descriptor,
        Vllm.VllmProvider.Descriptor,
        LmStudio.LmStudioProvider.Descriptor,
        LlamaCpp.LlamaCppProvider.Descriptor,
        .. Doors.Descriptors,
    ]).ToDictionary(d => d.Name, StringComparer.Ordinal);

    public static IEnumerable<ProviderDescriptor> All => ByName.Values;

    public static ProviderDescriptor? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The effective description of a catalog entry; null where its dialect is none of <see cref="KnownDialects"/>.</summary>
    public static ProviderProfile? Resolve(string name, ProviderEntry entry)
    {
        if (KnownDialects.Find(entry.Dialect) is not { } dialect)
            return null;
        var descriptor = Find(entry.Descriptor ?? name);
        return new ProviderProfile(
            name,
            dialect,
            (descriptor?.Quirks ?? default).With(entry.Quirks),
            descriptor?.Login?.Key ?? descriptor?.Credentials ?? dialect.Credentials,
            (CloudAddress.Of(name, entry) ?? descriptor?.BaseUrl)?.TrimEnd('/'))
        {
            // A provider of that name which speaks something else is somebody's own.
            Door = dialect.Translation is null ? descriptor?.Door : null,
            Login = CloudAddress.IsCloud(name, entry) ? descriptor?.Login : null,
            PassesFamiliesOn = descriptor?.PassesFamiliesOn != false,
            SwitchedOff = QuirkSet.SwitchedOff(entry.Quirks),
        };
    }

    /// <summary>What is wrong with the catalog's providers, each mistake with its place.</summary>
    public static IEnumerable<string> Problems(CatalogFile catalog)
    {
        foreach (var (name, entry) in catalog.Providers)
        {
            if (entry.Descriptor is { } descriptor && Find(descriptor) is null)
            {
                var known = string.Join(", ", ByName.Keys.Order());
                yield return $"providers.{name}.descriptor: there is no built-in descriptor \"{descriptor}\"; known are {known}.";
            }
            foreach (var quirk in entry.Quirks)
            {
                if (!QuirkSet.TryParse(quirk.TrimStart('!'), out _))
                    yield return $"providers.{name}.quirks: there is no quirk \"{quirk}\"; known are {string.Join(", ", QuirkSet.Names.Order())}.";
            }
        }
    }
}
