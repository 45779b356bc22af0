using System.Globalization;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;

namespace Gateway.Translator;

/// <summary>The provider's own counter where there is one, else an estimate; a header says which (rule E152).</summary>
internal sealed class CountTokensEndpoint(CatalogSource catalog, ProviderProfiles profiles, AdapterClient adapter)
{
    private const string ByProvider = "provider";
    private const string ByEstimate = "estimate";

    public async Task HandleAsync(HttpContext context)
    {
        var name = context.Request.Headers[GatewayHeaders.Provider].ToString();
        if (catalog.Current.FindProvider(name) is { } provider && DialectNames.IsNative(provider.Dialect))
        {
            // An endpoint of the client's own format without a counter: there is nothing to translate, only to estimate.
            using var body = await RequestBodies.ReadAsync(context.Request);
            await AnswerAsync(context, RequestEstimate.OfAny(body.WrittenMemory), null);
            return;
        }

        using var request = await TranslationRequest.ReadAsync(context, catalog.Current, profiles, counting: true);
        var counter = request.Translation.CounterOf(request.Call.Provider.Quirks);
        var counted = counter is null ? null : await CountAsync(request, counter, context.RequestAborted);
        await AnswerAsync(context, request.Call.Estimate, counted);
    }

    private static async Task AnswerAsync(HttpContext context, RequestEstimate estimate, long? counted)
    {
        var response = context.Response;
        response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        response.Headers[GatewayHeaders.CountAccuracy] = counted is null ? Accuracy(estimate) : ByProvider;
        response.ContentType = "application/json";
        var tokens = counted ?? estimate.Tokens;
        var body = Encoding.UTF8.GetBytes($"{{\"input_tokens\":{tokens.ToString(CultureInfo.InvariantCulture)}}}");
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>How far off an estimate may be, as far as that was measured: "estimate; within=15%".</summary>
    private static string Accuracy(RequestEstimate estimate) =>
        estimate.WithinPercent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{ByEstimate}; within={percent}%") : ByEstimate;

    /// <summary>Null when the provider can't say; counting is a courtesy and never fails a request that an estimate can answer.</summary>
    private async Task<long?> CountAsync(TranslationRequest request, ITokenCounter counter, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await adapter.SendAsync(request, Operations.CountTokens, request.WriteBody(counter.WriteRequest), cancellationToken);
            return response.IsSuccessStatusCode && AdapterClient.Origin(response) == GatewayHeaders.OriginUpstream
                ? counter.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken))
                : null;
        }
        catch (Exception e) when (e is GatewayException { Kind: not ErrorKind.InvalidRequest } or HttpRequestException or IOException)
        {
            return null;
        }
    }
}
