using System.ComponentModel;
using System.Globalization;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
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
    /// <remarks>The models this key may use, in Anthropic's shape.</remarks>
    /// <param name="limit" example="20">How many at most.</param>
    public static async Task<Ok<ModelList>> ListAsync(
        HttpContext context,
        string? limit,
        [FromQuery(Name = "after_id"), Description("The last_id of the page before.")] string? afterId,
        [FromQuery(Name = "before_id"), Description("The first_id of the page after.")] string? beforeId)
    {
        var (key, catalog) = await BeginAsync(context);
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxLimit))
            throw GatewayException.Invalid($"limit: should be a number from 1 to {MaxLimit}.");

        var models = catalog.Models.Where(m => KeyPolicy.Allows(key, m)).ToList();
        var from = afterId is null ? 0 : IndexOf(models, afterId, "after_id") + 1;
        var to = models.Count;
        if (beforeId is not null)
        {
            to = IndexOf(models, beforeId, "before_id");
            from = Math.Max(from, to - count);
        }

        var page = models[from..Math.Max(from, to)].Take(count).Select(Info).ToList();
        var hasMore = beforeId is not null ? from > 0 : from + page.Count < to;
        return TypedResults.Ok(new ModelList(page, hasMore, page.FirstOrDefault()?.Id, page.LastOrDefault()?.Id));
    }

    /// <summary>Get a model</summary>
    /// <remarks>By its id, an alias, or any spelling of it.</remarks>
    /// <param name="id" example="demo/echo">The model's id; its slash may be escaped.</param>
    public static async Task<Ok<ModelInfo>> GetAsync(HttpContext context, string id)
    {
        var (key, catalog) = await BeginAsync(context);
        // Clients escape the id as one path segment, and the server leaves exactly this escape as it came.
        var requested = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var model = catalog.Find(requested, out _);
        if (model is null || !KeyPolicy.Allows(key, model))
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested}");
        return TypedResults.Ok(Info(model));
    }

    private static async Task<(Contracts.Accounts.KeyRecord Key, ModelCatalog Catalog)> BeginAsync(HttpContext context)
    {
        RequestIds.Of(context);
        var services = context.RequestServices;
        var key = await services.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        return (key, services.GetRequiredService<CatalogSource>().Current);
    }

    private static int IndexOf(List<ModelEntry> models, string id, string parameter)
    {
        var index = models.FindIndex(m => m.Id == id);
        return index >= 0 ? index : throw GatewayException.Invalid($"{parameter}: there is no model '{id}'.");
    }

    /// <summary>The API's own convention for an unknown date is the epoch.</summary>
    private static ModelInfo Info(ModelEntry model) =>
        new(
            model.Id, "model", model.DisplayName ?? model.Id, model.CreatedAt ?? DateTimeOffset.UnixEpoch,
            "active", model.ContextTokens, model.MaxOutputTokens);
}
