using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>Writes a Responses request: parameters here, input items, media and tools in the other parts of this class.</summary>
internal sealed partial class RequestWriter
{
    /// <summary>Less is refused by the API; clients ask for 1 to find out whether a model answers at all.</summary>
    private const int LeastTokens = 16;

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

    /// <summary>The part of the request that counts; the counter refuses the rest.</summary>
    public static void WriteForCounting(Call call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        new RequestWriter(call, json).WriteForCounting();
    }

    private void Write()
    {
        _json.WriteStartObject();
        _json.WriteString("model"u8, _call.UpstreamModel);
        WriteInput();
        WriteLimits();
        WriteSampling();
        WriteTools();
        WriteReasoning(generating: true);
        WriteOutputFormat();
        WriteUser();
        // The conversation is the client's; nothing of it stays at the provider.
        _json.WriteBoolean("store"u8, false);
        if (_request.Stream)
            _json.WriteBoolean("stream"u8, true);
        _json.WriteEndObject();
    }

    private void WriteForCounting()
    {
        _json.WriteStartObject();
        _json.WriteString("model"u8, _call.UpstreamModel);
        WriteInput();
        WriteTools();
        WriteReasoning(generating: false);
        WriteOutputFormat();
        _json.WriteEndObject();
    }

    private void WriteLimits()
    {
        if (_request.MaxTokens is not { } most || !_call.Allows("max_output_tokens"))
            return;
        if (_call.Model?.MaxOutputTokens is { } limit)
            most = Math.Min(most, limit);
        if (_call.Adjustments.MaxTokens is { } learnt)
            most = Math.Min(most, learnt);
        _json.WriteNumber("max_output_tokens"u8, Math.Max(most, LeastTokens));
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

    private void WriteReasoning(bool generating)
    {
        var thinking = _request.Thinking;
        if (thinking.Mode == ThinkingMode.Absent && _request.Effort is null)
            return;
        if (_call.Model?.Capabilities?.Reasoning == false || !_call.Allows("reasoning"))
        {
            // A model that does not reason is asked for nothing; that a request forbids it loses nothing.
            if (thinking.Wanted)
                Dropped.Add("thinking");
            if (_request.Effort is not null)
                Dropped.Add("output_config.effort");
            return;
        }

        var effort = thinking.Mode != ThinkingMode.Disabled ? EffortLevel.Of(_call) : _call.Has(Quirk.ReasoningEffortNone) ? "none" : null;
        // A summary is all that is ever shown of the reasoning, and it has to be asked for.
        var summary = thinking is { Wanted: true, Omitted: false } && _call.Allows("reasoning.summary");
        if (effort is not null || summary)
        {
            _json.WriteStartObject("reasoning"u8);
            if (effort is not null)
                _json.WriteString("effort"u8, effort);
            if (summary)
                _json.WriteString("summary"u8, "auto"u8);
            _json.WriteEndObject();
        }

        if (!generating || !thinking.Wanted || !_call.Allows("include"))
            return;
        _json.WriteStartArray("include"u8);
        _json.WriteStringValue("reasoning.encrypted_content"u8);
        _json.WriteEndArray();
    }

    private void WriteOutputFormat()
    {
        if (_request.OutputSchema.ValueKind == JsonValueKind.Undefined)
            return;
        if (_call.Has(Quirk.NoJsonSchema) || _call.Model?.Capabilities?.StructuredOutputs == false)
            throw GatewayException.Invalid("output_config.format: this model can't be held to a JSON schema. Give it a tool with that schema and force it with tool_choice");
        _json.WriteStartObject("text"u8);
        _json.WriteStartObject("format"u8);
        _json.WriteString("type"u8, "json_schema"u8);
        _json.WriteString("name"u8, "response"u8);
        if (StrictSchema.Allows(_request.OutputSchema))
            _json.WriteBoolean("strict"u8, true);
        _json.WritePropertyName("schema"u8);
        _json.WriteRaw(_request.OutputSchema);
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
}
