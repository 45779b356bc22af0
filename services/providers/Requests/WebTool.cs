using Gateway.Contracts.Web;

namespace Gateway.Providers.Requests;

/// <summary>One of Anthropic's web tools, which the client leaves to whoever answers: the provider, or the gateway between two calls of it.</summary>
/// <param name="Type">As the client spells it, with its date.</param>
/// <param name="Path">The place of the type in the body, for errors.</param>
/// <param name="MaxUses">How often it may be used for this request; null: as often as the gateway allows.</param>
/// <param name="AllowedDomains">The only hosts, each with or without a path; empty: any.</param>
/// <param name="MaxContentTokens">How much of a page the model is shown; of a fetch only.</param>
public sealed record WebTool(
    WebToolKind Kind, string Type, Place Path, int? MaxUses, IReadOnlyList<string> AllowedDomains, IReadOnlyList<string> BlockedDomains,
    WebLocation? Location, int? MaxContentTokens)
{
    public const string SearchName = "web_search";
    public const string FetchName = "web_fetch";
}
