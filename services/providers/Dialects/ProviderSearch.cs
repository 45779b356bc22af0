using Gateway.Contracts.Names;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects;

/// <summary>
/// Whether a provider makes a search itself. Where it can't be told all of it, a gateway that can search makes it instead; else what the provider
/// can't be told is noted, since a search with less said about it is still the one that was asked for.
/// </summary>
internal static class ProviderSearch
{
    /// <summary>The name by which a refusal of it is remembered.</summary>
    public const string Field = "web_search";

    public static bool Takes(ProviderCall call, WebTool search) =>
        call.Allows(Field) && Has(call) && (!call.Services.HasFlag(WebServices.Search) || TakesAll(call, search));

    private static bool Has(ProviderCall call) => call.Provider.Dialect.Name switch
    {
        DialectNames.OpenAiResponses => call.Has(Quirk.WebSearchTool),
        // Before its third generation it searches or calls functions, not both; later ones have been seen to refuse the two together, too.
        DialectNames.Gemini =>
            call.Has(Quirk.GoogleSearch) && call.SchemaTool is null && call.Request.Tools.All(static t => t.Web is { Kind: WebToolKind.Search }),
        DialectNames.OpenAiChat =>
            call.Has(Quirk.OpenRouterSearch) || call.Has(Quirk.ZhipuSearch) || call.Has(Quirk.EnableSearch) || call.Has(Quirk.AlwaysSearches),
        _ => false,
    };

    /// <summary>Whether the provider can be told whatever the client says of it.</summary>
    private static bool TakesAll(ProviderCall call, WebTool search)
    {
        if (call.Provider.Dialect.Name == DialectNames.OpenAiResponses || call.Has(Quirk.OpenRouterSearch))
            return true;
        return search.AllowedDomains.Count == 0 && search.BlockedDomains.Count == 0;
    }
}
