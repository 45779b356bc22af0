using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>Writes a generateContent request: settings here, contents, media, tools and thinking in the other parts of this class.</summary>
internal sealed partial class RequestWriter : ProviderRequest
{
    private RequestWriter(ProviderCall call, Utf8JsonWriter json)
        : base(call, json)
    {
    }

    public static void Write(ProviderCall call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        var writer = new RequestWriter(call, json);
        json.WriteStartObject();
        writer.WriteMembers();
        json.WriteEndObject();
    }

    /// <summary>The counter takes the whole request, which then has to name its model.</summary>
    public static void WriteForCounting(ProviderCall call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        var writer = new RequestWriter(call, json);
        json.WriteStartObject();
        if (call.Has(Quirk.CountsUnwrapped))
        {
            writer.WriteMembers();
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject("generateContentRequest"u8);
        json.WriteString("model"u8, Dialect.Resource(call.UpstreamModel));
        writer.WriteMembers();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteMembers()
    {
        if (Request.Cache is not null)
            Dropped.Add("cache_control");
        if (Request.UserId is not null)
            Dropped.Add("metadata.user_id");
        WriteContents();
        WriteTools();
        WriteConfig();
    }

    private void WriteConfig()
    {
        Json.WriteStartObject("generationConfig"u8);
        WriteLimits();
        WriteNumber("temperature", "temperature", Request.Temperature);
        WriteNumber("top_p", "topP", Request.TopP);
        WriteNumber("top_k", "topK", Request.TopK);
        WriteStops();
        WriteOutputFormat();
        WriteThinking();
        Json.WriteEndObject();
    }

    private void WriteLimits()
    {
        if (MaxTokens() is { } limit)
            Json.WriteNumber("maxOutputTokens"u8, limit);
    }

    private void WriteStops()
    {
        if (Request.StopSequences.Count == 0)
            return;
        Json.WriteStartArray("stopSequences"u8);
        foreach (var stop in Call.SentStopSequences)
            Json.WriteStringValue(stop);
        Json.WriteEndArray();
    }

    private void WriteOutputFormat()
    {
        if (!WritesSchema())
            return;
        Json.WriteString("responseMimeType"u8, "application/json"u8);
        if (!NeedsSubset("responseJsonSchema"))
        {
            Json.WritePropertyName("responseJsonSchema"u8);
            SchemaRules.Write(Json, Request.OutputSchema, Call);
            return;
        }

        Json.WritePropertyName("responseSchema"u8);
        if (!SchemaSubset.Write(Json, Request.OutputSchema.Parse()))
            Dropped.Add("output_config.format.schema");
    }
}
