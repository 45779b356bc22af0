using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Providers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Translator;

/// <summary>What ingress asks for: the headers it sends with every call, and the body.</summary>
internal sealed record TranslationRequest : IDisposable
{
    public required string RequestId { get; init; }

    public required string RequestedModel { get; init; }

    /// <summary>App id of the adapter that serves the provider.</summary>
    public required string AdapterApp { get; init; }

    public required ITranslation Translation { get; init; }

    public required Call Call { get; init; }

    /// <summary>The length of the Anthropic request.</summary>
    public required int BodyBytes { get; init; }

    public static async Task<TranslationRequest> ReadAsync(HttpContext context, bool counting)
    {
        var headers = context.Request.Headers;
        var provider = Header(headers, GatewayHeaders.Provider);
        var catalog = context.RequestServices.GetRequiredService<CatalogSource>().Current;
        if (catalog.FindProvider(provider) is not { } entry || ProviderDescriptors.Resolve(provider, entry) is not { } profile)
            throw new GatewayException(ErrorKind.ServiceUnavailable, $"The provider {provider} is not in the catalog of the translator.");
        if (profile.Dialect.Translation is not { } translation)
            throw new GatewayException(ErrorKind.ServiceUnavailable, $"The provider {provider} needs no translation.");

        var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        var request = RequestParser.Parse(body, counting, headers[ApiVersions.Header]);
        var model = catalog.Find(Header(headers, GatewayHeaders.CatalogModel), out _);
        return new TranslationRequest
        {
            RequestId = Header(headers, GatewayHeaders.RequestId),
            RequestedModel = Header(headers, GatewayHeaders.RequestedModel),
            AdapterApp = entry.App,
            BodyBytes = body.Length,
            Translation = translation,
            Call = new Call(request, profile, Header(headers, GatewayHeaders.UpstreamModel), model),
        };
    }

    public void Dispose() => Call.Request.Dispose();

    private static string Header(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value)
            ? value.ToString()
            : throw new GatewayException(ErrorKind.Internal, $"The header {name} is missing.");
}
