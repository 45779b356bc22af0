namespace Gateway.Contracts.Names;

/// <summary>Paths the services serve to each other through Dapr service invocation.</summary>
public static class InternalRoutes
{
    /// <summary>provider-adapter: call the provider named in the headers with the body as it is.</summary>
    public const string Call = "/call";

    /// <summary>provider-adapter: how the providers stand that it has called, as <c>ProviderStatuses</c>.</summary>
    public const string Providers = "/providers";

    /// <summary>provider-adapter: ask the search service of the catalog.</summary>
    public const string Search = "/web/search";

    /// <summary>provider-adapter: read a page of the web.</summary>
    public const string Fetch = "/web/fetch";

    /// <summary>translator: an Anthropic Messages request in, an Anthropic answer out.</summary>
    public const string Messages = "/messages";

    /// <summary>translator: an Anthropic count_tokens request in, <c>{"input_tokens":n}</c> out.</summary>
    public const string CountTokens = "/messages/count_tokens";

    /// <summary>translator: an Anthropic Messages request in, the upstream request it would become out.</summary>
    public const string Explain = "/explain";

    /// <summary>billing: where the usage topic is delivered.</summary>
    public const string UsageEvents = "/events/usage";

    /// <summary>billing: where usage events are delivered that could not be taken.</summary>
    public const string UsageDeadLetters = "/events/usage-dead-letter";

    /// <summary>billing: a key as its holder may see it, <c>/keys/{id}/self</c>.</summary>
    public const string Keys = "/keys";

    /// <summary>billing: a change that was made elsewhere in, to be kept in the audit trail.</summary>
    public const string Audit = "/audit";

    /// <summary>billing: a changed catalog in, what it would do to budgets out.</summary>
    public const string Catalog = "/catalog";

    /// <summary>billing: what a key has spent of what, as its holder's Claude Code shows it, <c>/spend-usage/{id}</c>.</summary>
    public const string SpendUsage = "/spend-usage";

    /// <summary>billing: budgets in the shape of Anthropic's spend limits, as ingress shows them.</summary>
    public const string SpendLimits = "/spend-limits";

    /// <summary>console: its pages, under the paths at which ingress shows them.</summary>
    public const string Console = "/console";

    /// <summary>console: somebody has signed in by the company's identity provider, as <c>ConsoleTokens</c>; the session's cookie out.</summary>
    public const string ConsoleSessions = "/sessions";

    /// <summary>console: where topics are delivered, <c>/events/{topic}</c>.</summary>
    public const string ConsoleEvents = "/events";

    /// <summary>billing: the admin API, under the same paths as ingress shows it.</summary>
    public const string Admin = "/admin/v1";

    /// <summary>billing: the OpenAPI document of the admin API, under the path at which ingress shows it.</summary>
    public const string AdminDocument = "/openapi/admin.json";
}
