using System.Globalization;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>/v1/models/{id}</c> in Anthropic's shape, limited to what the key may use.</summary>
internal static class ModelsEndpoint
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 1000;

    public static async Task ListAsync(HttpContext context)
    {
        var (key, catalog) = await BeginAsync(context);
        var query = context.Request.Query;
        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var text)
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
            throw GatewayException.Invalid($"limit: should be a number from 1 to {MaxLimit}.");

        var models = catalog.Models.Where(m => KeyPolicy.Allows(key, m)).ToList();
        var from = 0;
        var to = models.Count;
        if (query.TryGetValue("after_id", out var after))
            from = IndexOf(models, after.ToString(), "after_id") + 1;
        if (query.TryGetValue("before_id", out var before))
        {
            to = IndexOf(models, before.ToString(), "before_id");
            from = Math.Max(from, to - limit);
        }

        var page = models[from..Math.Max(from, to)].Take(limit).Select(m => Info(m)).ToList();
        var hasMore = before.Count > 0 ? from > 0 : from + page.Count < to;
        await context.Response.WriteAsJsonAsync(
            new ModelList(page, hasMore, page.FirstOrDefault()?.Id, page.LastOrDefault()?.Id),
            IngressJson.Default.ModelList,
            cancellationToken: context.RequestAborted);
    }

    public static async Task GetAsync(HttpContext context)
    {
        var (key, catalog) = await BeginAsync(context);
        // Clients escape the id as one path segment, and the server leaves exactly this escape as it came.
        var requested = ((string)context.Request.RouteValues["id"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var model = catalog.Find(requested, out _);
        if (model is null || !KeyPolicy.Allows(key, model))
            throw new GatewayException(ErrorKind.NotFound, $"model: {requested}");
        await context.Response.WriteAsJsonAsync(Info(model), IngressJson.Default.ModelInfo, cancellationToken: context.RequestAborted);
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
            model.Id,
            "model",
            model.DisplayName ?? model.Id,
            model.CreatedAt ?? DateTimeOffset.UnixEpoch,
            "active",
            model.ContextTokens,
            model.MaxOutputTokens);
}

/// <summary>A page of models.</summary>
internal sealed record ModelList(IReadOnlyList<ModelInfo> Data, bool HasMore, string? FirstId, string? LastId);

/// <summary>A model and its true limits.</summary>
internal sealed record ModelInfo(
    string Id, string Type, string DisplayName, DateTimeOffset CreatedAt, string Lifecycle, int? MaxInputTokens, int? MaxTokens);
