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
        using var request = await TranslationRequest.ReadAsync(context, catalog.Current, profiles, counting: true);
        var counted = request.Translation.CounterOf(request.Call.Provider.Quirks) is { } counter ? await CountAsync(request, counter, context.RequestAborted) : null;
        context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        context.Response.Headers[GatewayHeaders.CountAccuracy] = counted is null ? Accuracy(request.Call.Estimate) : ByProvider;
        context.Response.ContentType = "application/json";
        var tokens = counted ?? request.Call.InputEstimate;
        await context.Response.Body.WriteAsync(
            Encoding.UTF8.GetBytes($"{{\"input_tokens\":{tokens.ToString(CultureInfo.InvariantCulture)}}}"), context.RequestAborted);
    }

    /// <summary>How far off an estimate may be, as far as that was measured: "estimate; within=15%".</summary>
    private static string Accuracy(RequestEstimate estimate) =>
        estimate.WithinPercent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{ByEstimate}; within={percent}%") : ByEstimate;

    /// <summary>Null when the provider can't say; counting is a courtesy and never fails a request that an estimate can answer.</summary>
    private async Task<long?> CountAsync(TranslationRequest request, ITokenCounter counter, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await adapter.SendAsync(request, Operations.CountTokens, request.Written(counter.WriteRequest), cancellationToken);
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
