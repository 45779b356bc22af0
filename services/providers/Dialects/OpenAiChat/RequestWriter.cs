using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>Writes a Chat Completions request: parameters here, messages, media, tools and reasoning in the other parts of this class.</summary>
internal sealed partial class RequestWriter
{
    private readonly Call _call;
    private readonly MessagesRequest _request;
    private readonly Utf8JsonWriter _json;

    private RequestWriter(Call call, Utf8JsonWriter json)
    {
        _call = call;
        _request = call.Request;
        _json = json;
    }

    private DroppedFields Dropped => _request.Dropped;

    public static void Write(Call call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        new RequestWriter(call, json).Write();
    }

    /// <summary>The part of the request that counts.</summary>
    public static void WriteForCounting(Call call, IBufferWriter<byte> output)
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
        _json.WriteStartObject();
        _json.WriteString("model"u8, _call.UpstreamModel);
        WriteMessages();
        WriteLimits();
        WriteSampling();
        WriteStops();
        WriteTools();
        WriteReasoning();
        WriteOutputFormat();
        WriteUser();
        WriteStream();
        _json.WriteEndObject();
    }

    private void WriteLimits()
    {
        if (_request.MaxTokens is not { } most)
            return;
        if (_call.Model?.MaxOutputTokens is { } limit)
            most = Math.Min(most, limit);
        if (_call.Adjustments.MaxTokens is { } learnt)
            most = Math.Min(most, learnt);
        // Never both: reasoning models refuse max_tokens, compatible servers ignore max_completion_tokens (rule E108).
        var (field, other) = _call.Has(Quirk.MaxCompletionTokens) ? ("max_completion_tokens", "max_tokens") : ("max_tokens", "max_completion_tokens");
        _json.WriteNumber(_call.Allows(field) ? field : other, most);
    }

    private void WriteSampling()
    {
        var refused = _call.Has(Quirk.NoSamplingWhenReasoning) && _call.Model?.Capabilities?.Reasoning == true;
        WriteNumber("temperature", _request.Temperature, refused);
        WriteNumber("top_p", _request.TopP, refused);
        WriteNumber("top_k", _request.TopK, !_call.Has(Quirk.TopK));
    }

    private void WriteNumber(string field, double? value, bool refused)
    {
        if (value is not { } number)
            return;
        if (refused || !_call.Allows(field))
            Dropped.Add(field);
        else
            _json.WriteNumber(field, number);
    }

    private void WriteStops()
    {
        var stops = _call.SentStops.ToList();
        if (stops.Count == 0)
            return;
        _json.WriteStartArray("stop"u8);
        foreach (var stop in stops)
            _json.WriteStringValue(stop);
        _json.WriteEndArray();
    }

    private void WriteOutputFormat()
    {
        if (_request.OutputSchema.ValueKind == JsonValueKind.Undefined)
            return;
        if (_call.AnswersByTool && !_call.TakesSchema)
        {
            Dropped.Add("output_config.format");
            return;
        }

        if (_call.SchemaTool is not null && _call.Allows("tool_choice"))
            return;
        if (!_call.TakesSchema)
            throw GatewayException.Invalid("output_config.format: this model can't be held to a JSON schema. Give it a tool with that schema and force it with tool_choice");
        _json.WriteStartObject("response_format"u8);
        _json.WriteString("type"u8, "json_schema"u8);
        _json.WriteStartObject("json_schema"u8);
        _json.WriteString("name"u8, "response"u8);
        if (StrictSchema.Allows(_request.OutputSchema))
            _json.WriteBoolean("strict"u8, true);
        _json.WritePropertyName("schema"u8);
        WriteRaw(_request.OutputSchema);
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private void WriteUser()
    {
        if (_request.UserId is not { } user)
            return;
        if (_call.Has(Quirk.SafetyIdentifier) && _call.Allows("safety_identifier"))
            _json.WriteString("safety_identifier"u8, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(user))));
        else
            Dropped.Add("metadata.user_id");
    }

    private void WriteStream()
    {
        if (!_request.Stream)
            return;
        _json.WriteBoolean("stream"u8, true);
        if (_call.Has(Quirk.NoStreamOptions) || !_call.Allows("stream_options"))
            return;
        _json.WriteStartObject("stream_options"u8);
        _json.WriteBoolean("include_usage"u8, true);
        _json.WriteEndObject();
    }

    /// <summary>A value of the client's as its own bytes: parsing it again could only change it.</summary>
    private void WriteRaw(JsonElement element) =>
        _json.WriteRawValue(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element), skipInputValidation: true);
}
