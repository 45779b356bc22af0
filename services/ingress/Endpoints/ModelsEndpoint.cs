using System.ComponentModel;
using System.Globalization;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Managed;
using Gateway.Ingress.Relay;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Ingress.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>/v1/models/{id}</c> in Anthropic's shape, limited to what the key may use.</summary>
internal static class ModelsEndpoint
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 1000;

    /// <summary>List models</summary>
    /// <remarks>
    /// The models this key may use, in Anthropic's shape. Claude Code, known by its user agent, gets ids that its picker shows: a model whose own id names
    /// neither claude nor anthropic is there as claude/ and its id, which may be asked for like any other.
    /// </remarks>
    /// <param name="limit" example="20">How many at most.</param>
    public static async Task<Ok<ModelList>> ListAsync(
        HttpContext context,
        string? limit,
        [FromQuery(Name = "after_id"), Description("The last_id of the page before.")] string? afterId,
        [FromQuery(Name = "before_id"), Description("The first_id of the page after.")] string? beforeId)
    {
        var (key, rules, catalog) = await BeginAsync(context);
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
            throw GatewayException.Invalid($"limit: should be a number from 1 to {MaxLimit}.");

        var forPicker = IsClaudeCode(context.Request);
        var models = catalog.Models
            .Where(m => !m.IsPattern && KeyPolicy.Allows(key, m) && rules?.Allows(m) is not false && catalog.RoutesOf(m).InOrder.Count > 0)
            .Select(m => Info(catalog, m, forPicker ? PickerNames.Of(m) : m.Id)).ToList();
        var from = afterId is null ? 0 : IndexOf(models, afterId, "after_id") + 1;
        var to = models.Count;
        if (beforeId is not null)
        {
            to = IndexOf(models, beforeId, "before_id");
            from = Math.Max(from, to - count);
        }

        var page = models[from..Math.Max(from, to)].Take(count).ToList();
        var hasMore = beforeId is not null ? from > 0 : from + page.Count < to;
        return TypedResults.Ok(new ModelList(page, hasMore, page.FirstOrDefault()?.Id, page.LastOrDefault()?.Id));
    }

    /// <summary>Get a model</summary>
    /// <remarks>By its id, an alias, or any spelling of it.</remarks>
    /// <param name="id" example="demo/echo">The model's id; its slash may be escaped.</param>
    public static async Task<Ok<ModelInfo>> GetAsync(HttpContext context, string id)
    {
        var (key, rules, catalog) = await BeginAsync(context);
        // Clients escape the id as one path segment, and the server leaves exactly this escape as it came.
        var requested = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var model = catalog.Find(requested, out _);
        return model is not null && KeyPolicy.Allows(key, model) && rules?.Allows(model) is not false
            ? TypedResults.Ok(Info(catalog, model, requested == PickerNames.Of(model) ? requested : model.Id))
            : throw KnownModels.Unknown(catalog, key, rules, requested);
    }

    private static async Task<(KeyRecord Key, ModelRules? Rules, ModelCatalog Catalog)> BeginAsync(HttpContext context)
    {
        RequestIds.Of(context);
        var services = context.RequestServices;
        var key = await services.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        return (key, services.GetRequiredService<SettingsCopy>().RulesOf(key), services.GetRequiredService<CatalogSource>().Current);
    }

    /// <summary>Its discovery says <c>claude-code/</c>, its requests <c>claude-cli/</c>.</summary>
    private static bool IsClaudeCode(HttpRequest request) =>
        request.Headers.UserAgent.ToString() is var agent
        && (agent.StartsWith("claude-code/", StringComparison.OrdinalIgnoreCase) || agent.StartsWith("claude-cli/", StringComparison.OrdinalIgnoreCase));

    private static int IndexOf(List<ModelInfo> models, string id, string parameter)
    {
        var index = models.FindIndex(m => m.Id == id);
        return index >= 0 ? index : throw GatewayException.Invalid($"{parameter}: there is no model '{id}'.");
    }

    /// <summary>The API's own convention for an unknown date is the epoch.</summary>
    private static ModelInfo Info(ModelCatalog catalog, ModelEntry model, string id) =>
        new(
            id, "model", model.DisplayName ?? model.Id, model.Description ?? Describe(model, catalog.RoutesOf(model).InOrder is [var first, ..] ? first : null),
            model.CreatedAt ?? DateTimeOffset.UnixEpoch, "active", model.ContextTokens, model.MaxOutputTokens);

    /// <param name="route">Null where no provider is set up.</param>
    private static string Describe(ModelEntry model, ModelRoute? route)
    {
        if (route is null)
            return "no provider is set up";
        var parts = new List<string> { route.Entry.Provider };
        if (route.ContextTokens is { } context)
            parts.Add($"{Short(context)} context");
        if (model.MaxOutputTokens is { } output)
            parts.Add($"{Short(output)} output");
        if (route.Price is { PerMillion: { Input: { } read, Output: { } written } } price)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{price.Currency} {read} in, {written} out per million tokens"));
        return string.Join(" · ", parts);
    }

    private static string Short(int tokens) => tokens switch
    {
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1_000_000d:0.#}M"),
        >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{tokens / 1_000d:0}k"),
        _ => tokens.ToString(CultureInfo.InvariantCulture),
    };
}
