using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>Writes a Chat Completions request: parameters here, messages, media, tools and reasoning in the other parts of this class.</summary>
internal sealed partial class RequestWriter : OpenAiRequest
{
    private RequestWriter(ProviderCall call, Utf8JsonWriter json)
        : base(call, json)
    {
    }

    public static void Write(ProviderCall call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        new RequestWriter(call, json).Write();
    }

    /// <summary>The part of the request that counts.</summary>
    public static void WriteForCounting(ProviderCall call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        var writer = new RequestWriter(call, json);
        json.WriteStartObject();
        json.WriteString("model"u8, call.UpstreamModel);
        writer.WriteMessages();
        writer.WriteToolList();
        json.WriteEndObject();
    }

    private void Write()
    {
        Json.WriteStartObject();
        Json.WriteString("model"u8, Call.UpstreamModel);
        WriteMessages();
        WriteLimits();
        WriteSampling();
        WriteStops();
        WriteTools();
        WriteSearchSwitch();
        WriteReasoning();
        WriteOutputFormat();
        WriteUser();
        WriteStream();
        Json.WriteEndObject();
    }

    private void WriteLimits()
    {
        if (MaxTokens() is not { } limit)
            return;
        // Never both: reasoning models refuse max_tokens, compatible servers ignore max_completion_tokens (rule E108).
        var (field, other) = Call.Has(Quirk.MaxCompletionTokens) ? ("max_completion_tokens", "max_tokens") : ("max_tokens", "max_completion_tokens");
        Json.WriteNumber(Call.Allows(field) ? field : other, limit);
    }

    private void WriteSampling()
    {
        var refused = Call.Has(Quirk.NoSamplingWhenReasoning) && Call.Model?.Capabilities?.Reasoning == true;
        WriteNumber("temperature", "temperature", Request.Temperature, refused);
        WriteNumber("top_p", "top_p", Request.TopP, refused);
        WriteNumber("top_k", "top_k", Request.TopK, !Call.Has(Quirk.TopK));
    }

    private void WriteStops()
    {
        var stops = Call.SentStopSequences;
        if (stops.Count == 0)
            return;
        Json.WriteStartArray("stop"u8);
        foreach (var stop in stops)
            Json.WriteStringValue(stop);
        Json.WriteEndArray();
    }

    private void WriteOutputFormat()
    {
        if (!WritesSchema())
            return;
        Json.WriteStartObject("response_format"u8);
        Json.WriteString("type"u8, "json_schema"u8);
        Json.WriteStartObject("json_schema"u8);
        Json.WriteString("name"u8, "response"u8);
        if (Call.Allows("strict") && StrictSchema.Allows(Request.OutputSchema.Parse()))
            Json.WriteBoolean("strict"u8, true);
        Json.WritePropertyName("schema"u8);
        SchemaRules.Write(Json, Request.OutputSchema, Call);
        Json.WriteEndObject();
        Json.WriteEndObject();
    }

    private void WriteStream()
    {
        if (!Call.Streams)
            return;
        Json.WriteBoolean("stream"u8, true);
        if (Call.Has(Quirk.NoStreamOptions) || !Call.Allows("stream_options"))
            return;
        Json.WriteStartObject("stream_options"u8);
        Json.WriteBoolean("include_usage"u8, true);
        Json.WriteEndObject();
    }
}
