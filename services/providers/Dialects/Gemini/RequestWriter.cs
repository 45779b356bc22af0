using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>Writes a generateContent request: settings here, contents, media, tools and thinking in the other parts of this class.</summary>
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
        var writer = new RequestWriter(call, json);
        json.WriteStartObject();
        writer.WriteMembers();
        json.WriteEndObject();
    }

    /// <summary>The counter takes the whole request, which then has to name its model.</summary>
    public static void WriteForCounting(Call call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        var writer = new RequestWriter(call, json);
        json.WriteStartObject();
        json.WriteStartObject("generateContentRequest"u8);
        json.WriteString("model"u8, Dialect.Resource(call.UpstreamModel));
        writer.WriteMembers();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteMembers()
    {
        if (_request.Cache is not null)
            Dropped.Add("cache_control");
        if (_request.UserId is not null)
            Dropped.Add("metadata.user_id");
        WriteContents();
        WriteTools();
        WriteConfig();
    }

    private void WriteConfig()
    {
        _json.WriteStartObject("generationConfig"u8);
        WriteLimits();
        WriteNumber("temperature", "temperature", _request.Temperature);
        WriteNumber("top_p", "topP", _request.TopP);
        WriteNumber("top_k", "topK", _request.TopK);
        WriteStops();
        WriteOutputFormat();
        WriteThinking();
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
        _json.WriteNumber("maxOutputTokens"u8, most);
    }

    private void WriteNumber(string field, string name, double? value)
    {
        if (value is not { } number)
            return;
        if (!_call.Allows(field))
            Dropped.Add(field);
        else
            _json.WriteNumber(name, number);
    }

    private void WriteStops()
    {
        if (_request.StopSequences.Count == 0)
            return;
        _json.WriteStartArray("stopSequences"u8);
        foreach (var stop in _call.SentStops)
            _json.WriteStringValue(stop);
        _json.WriteEndArray();
    }

    private void WriteOutputFormat()
    {
        if (_request.OutputSchema.ValueKind == JsonValueKind.Undefined)
            return;
        if (_call.Has(Quirk.NoJsonSchema) || _call.Model?.Capabilities?.StructuredOutputs == false)
            throw GatewayException.Invalid("output_config.format: this model can't be held to a JSON schema. Give it a tool with that schema and force it with tool_choice");
        _json.WriteString("responseMimeType"u8, "application/json"u8);
        _json.WritePropertyName("responseJsonSchema"u8);
        _json.WriteRaw(_request.OutputSchema);
    }
}
