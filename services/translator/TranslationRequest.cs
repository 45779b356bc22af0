using System.Buffers;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;
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

    /// <summary>Of the conversation, for the adapter; null where ingress has none.</summary>
    public string? Affinity { get; init; }

    public ITranslation Translation => Call.Provider.Dialect.Translation!;

    public required ProviderCall Call { get; init; }

    /// <summary>How many fields were left out by reading alone; the rest depends on how the request is written.</summary>
    public required int DroppedByReading { get; init; }

    /// <summary>The Anthropic request, which everything read of it refers to.</summary>
    public required PooledBuffer Body { get; init; }

    public static async Task<TranslationRequest> ReadAsync(HttpContext context, ModelCatalog catalog, ProviderProfiles profiles, bool counting)
    {
        var headers = context.Request.Headers;
        var provider = Header(headers, GatewayHeaders.Provider);
        if (catalog.FindProvider(provider) is not { } entry || profiles.Of(provider, entry) is not { } profile)
            throw new GatewayException(ErrorKind.ServiceUnavailable, $"The provider {provider} is not in the catalog of the translator.");
        if (profile.Dialect.Translation is null)
            throw new GatewayException(ErrorKind.ServiceUnavailable, $"The provider {provider} needs no translation.");

        var body = await RequestBodies.ReadAsync(context.Request);
        MessagesRequest? request = null;
        try
        {
            await SocketThreads.LeaveAsync(body.WrittenCount);
            request = RequestParser.Parse(body.WrittenMemory, counting, headers[ApiVersions.Header]);
            var model = catalog.Find(Header(headers, GatewayHeaders.CatalogModel), out _);
            var call = new ProviderCall(request, profile, Header(headers, GatewayHeaders.UpstreamModel), model, ServicesOf(catalog))
            {
                Session = SessionOf(headers),
            };
            NotePlace(call, catalog);
            return new TranslationRequest
            {
                RequestId = Header(headers, GatewayHeaders.RequestId),
                RequestedModel = Header(headers, GatewayHeaders.RequestedModel),
                AdapterApp = entry.App,
                Affinity = headers[GatewayHeaders.Affinity],
                Body = body,
                DroppedByReading = request.Dropped.Names.Count,
                Call = call,
            };
        }
        catch (Exception e)
        {
            request?.Dispose();
            body.Dispose();
            if (GatewayJson.IsHalfCharacter(e))
                throw GatewayException.HalfCharacter(e);
            throw;
        }
    }

    /// <summary>The provider's request, with notes of what it could not be told.</summary>
    public PooledBuffer WriteRequest()
    {
        Call.Request.Dropped.Truncate(DroppedByReading);
        return WriteBody(Translation.WriteRequest);
    }

    /// <summary>A body for the provider.</summary>
    public PooledBuffer WriteBody(Action<ProviderCall, IBufferWriter<byte>> write)
    {
        // An escape in every fourth byte more than there was, and room for what the format adds.
        var body = new PooledBuffer(Body.WrittenCount + (Body.WrittenCount / 4) + 1024);
        try
        {
            write(Call, body);
            return body;
        }
        catch (Exception e)
        {
            body.Dispose();
            if (GatewayJson.IsHalfCharacter(e))
                throw GatewayException.HalfCharacter(e);
            throw;
        }
    }

    /// <summary>Gives the buffers of the client's request back: once the answer has begun, only its length is still needed.</summary>
    public void Release()
    {
        // May be written once more, with what its web tools have brought.
        if (Call.Request.HasWebTools)
            return;
        _ = Call.InputEstimate;
        Dispose();
    }

    public void Dispose()
    {
        Call.Request.Dispose();
        Body.Dispose();
    }

    /// <summary>Of the search services only Brave can be told where the user is.</summary>
    private static void NotePlace(ProviderCall call, ModelCatalog catalog)
    {
        if (!call.Request.HasWebTools || catalog.File.Search is not { Service: not SearchEntry.Brave })
            return;
        if (call.Request.Tools.Any(t => t.Web?.Location is not null && call.IsGatewayTool(t.Name)))
            call.Request.Dropped.Add("tools.user_location");
    }

    /// <summary>The web tools that the operator lets the gateway run.</summary>
    private static WebServices ServicesOf(ModelCatalog catalog) =>
        (catalog.File.Search is null ? WebServices.None : WebServices.Search) | (catalog.File.Fetch is null ? WebServices.None : WebServices.Fetch);

    /// <summary>Claude Code's session; each of its agents has a conversation of its own.</summary>
    private static string? SessionOf(IHeaderDictionary headers)
    {
        if (StringValues.IsNullOrEmpty(headers["x-claude-code-session-id"]))
            return null;
        var agent = headers["x-claude-code-agent-id"];
        return StringValues.IsNullOrEmpty(agent) ? headers["x-claude-code-session-id"].ToString() : $"{headers["x-claude-code-session-id"]}/{agent}";
    }

    private static string Header(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value)
            ? value.ToString()
            : throw new GatewayException(ErrorKind.Internal, $"The header {name} is missing.");
}
