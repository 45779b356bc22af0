using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Translator;

/// <summary>Shows the request that would be sent to the provider, without sending it. Credentials are the adapter's and don't appear.</summary>
internal sealed class ExplainEndpoint(CatalogSource catalog, ProviderProfiles profiles, LearnedAdjustments learned)
{
    public async Task HandleAsync(HttpContext context)
    {
        using var request = await TranslationRequest.ReadAsync(context, catalog.Current, profiles, counting: false);
        request.Call.Adjustments = learned.For(request.Call);
        using var body = request.WriteRequest();
        using var output = new PooledBuffer(body.WrittenCount + 1024);
        Write(request, body.WrittenSpan, output);
        context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }

    private static void Write(TranslationRequest request, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        var call = request.Call;
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        json.WriteStartObject();
        json.WriteString("provider"u8, call.Provider.Name);
        json.WriteString("dialect"u8, call.Provider.Dialect.Name);
        json.WriteString("model"u8, call.UpstreamModel);
        json.WriteString("method"u8, "POST"u8);
        json.WriteString("url"u8, call.Provider.BaseUrl + call.Provider.Dialect.Path(Operations.Generate, call.UpstreamModel, call.Streams));
        json.WriteStartArray("dropped"u8);
        foreach (var name in call.Request.Dropped.Names)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteNumber("input_tokens_estimate"u8, call.InputEstimate);
        json.WritePropertyName("body"u8);
        json.WriteRawValue(body, skipInputValidation: true);
        json.WriteEndObject();
    }
}
