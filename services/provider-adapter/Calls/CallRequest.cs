using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>What the calling service asks for, read from its headers.</summary>
internal readonly record struct CallRequest(
    string? RequestId, string Provider, string Operation, string Model, string? Api, bool Stream, bool IsFirstTry, ulong? Affinity)
{
    /// <summary>Nothing is sent: the calling service wants to see what would be.</summary>
    public bool IsExplained => Operation == Operations.Explain;

    /// <exception cref="GatewayException">The headers name no provider.</exception>
    public static CallRequest From(IHeaderDictionary headers)
    {
        var provider = headers[GatewayHeaders.Provider].ToString();
        if (provider.Length == 0)
            throw GatewayException.Invalid($"The header {GatewayHeaders.Provider} is missing.");
        var operation = headers[GatewayHeaders.Operation].ToString();
        return new CallRequest(
            headers[GatewayHeaders.RequestId] is { Count: > 0 } id ? id.ToString() : null,
            provider,
            operation.Length == 0 ? Operations.Generate : operation,
            headers[GatewayHeaders.UpstreamModel].ToString(),
            headers[GatewayHeaders.Api] is { Count: > 0 } api ? api.ToString() : null,
            string.Equals(headers[GatewayHeaders.Stream].ToString(), "true", StringComparison.OrdinalIgnoreCase),
            IsFirst(headers["x-stainless-retry-count"].ToString()),
            ulong.TryParse(headers[GatewayHeaders.Affinity], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var affinity) ? affinity : null);
    }

    /// <summary>A client that is already repeating itself needs no repeats of ours on top (rule E130).</summary>
    private static bool IsFirst(string retryCount) =>
        !int.TryParse(retryCount, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0;
}
