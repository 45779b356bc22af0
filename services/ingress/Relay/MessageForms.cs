using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Safeguards;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Turns Anthropic's two forms of an answer into each other: some endpoints that speak its API always stream, others never do, and the client gets what
/// it asked for. Which form an answer has, its first bytes say, not its content type.
/// </summary>
internal static class MessageForms
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = GatewayJson.DocumentOptions.MaxDepth };
    private static readonly JsonSerializerOptions Plain = new() { Encoder = GatewayJson.WriterOptions.Encoder, MaxDepth = Deep.MaxDepth };

    /// <summary>No JSON begins with a letter that a field of an event begins with.</summary>
    public static bool IsEvents(ReadOnlySpan<byte> body) => First(body) is (byte)':' or (byte)'e' or (byte)'d' or (byte)'i' or (byte)'r';

    public static bool IsWhole(ReadOnlySpan<byte> body) => First(body) == '{';

    /// <summary>The message that a stream adds up to. Null where it has no end; then the meter knows what it used, and which error there was.</summary>
    public static byte[]? Collect(ReadOnlySpan<byte> events, AnswerMeter meter)
    {
        using var reader = new SseReader(Stream.Null, first: events);
        JsonObject? message = null;
        var ended = false;
        try
        {
            while (!ended && reader.TryRead(out var e))
                ended = Take(e, meter, ref message);
            if (!ended && reader.TryReadRest(out var last))
                ended = Take(last, meter, ref message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }

        return ended && message is not null ? Encoding.UTF8.GetBytes(message.ToJsonString(Plain)) : null;
    }

    /// <summary>The events of a message. Empty for what is none.</summary>
    public static byte[] Events(ReadOnlyMemory<byte> body)
    {
        var events = new StringBuilder();
        try
        {
            if (JsonNode.Parse(body.Span, documentOptions: Deep) is not JsonObject message)
                return [];
            if (message["type"]?.GetValue<string>() == "error")
                Write(events, "error", message);
            else if (message["content"] is JsonArray content)
                WriteMessage(events, message, content);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }

        return Encoding.UTF8.GetBytes(events.ToString());
    }

    /// <summary>The error that a body with a status of success is after all.</summary>
    public static RouteOutcome.Failed? Failure(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonNode.Parse(body.Span, documentOptions: Deep) is JsonObject root && root["error"] is JsonObject error
                && error["type"]?.GetValue<string>() is { } type && error["message"]?.GetValue<string>() is { } text
                ? new RouteOutcome.Failed(ErrorTable.OfType(Encoding.UTF8.GetBytes(type)), text)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static byte First(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith("\uFEFF"u8))
            body = body[3..];
        body = body.TrimStart(" \t\r\n"u8);
        return body.Length == 0 ? (byte)0 : body[0];
    }

    /// <returns>Whether that was the end.</returns>
    private static bool Take(in SseEvent e, AnswerMeter meter, ref JsonObject? message)
    {
        if (!e.HasData)
            return false;
        var kind = meter.Read(e);
        if (kind is AnswerEvent.Error or AnswerEvent.Ping || JsonNode.Parse(e.Data, documentOptions: Deep) is not JsonObject data)
            return false;
        switch (data["type"]?.GetValue<string>())
        {
            case "message_start":
                message = Given(data["message"]).DeepClone().AsObject();
                message["content"] = new JsonArray();
                break;
            case "content_block_start":
                Blocks(message).Add(Given(data["content_block"]).DeepClone());
                break;
            case "content_block_delta":
                AddDelta(BlockOf(data, message), Given(data["delta"]).AsObject());
                break;
            case "content_block_stop" when BlockOf(data, message) is var block && block["partial_json"] is { } json:
                block.Remove("partial_json");
                block["input"] = JsonNode.Parse(json.GetValue<string>(), documentOptions: Deep);
                break;
            case "message_delta":
                foreach (var (name, value) in Given(data["delta"]).AsObject())
                    Given(message)[name] = value?.DeepClone();
                foreach (var (name, value) in data["usage"]?.AsObject() ?? [])
                    Given(Given(message)["usage"])[name] = value?.DeepClone();
                break;
            case "message_stop":
                return true;
        }

        return false;
    }

    private static JsonArray Blocks(JsonObject? message) => Given(Given(message)["content"]).AsArray();

    private static JsonObject BlockOf(JsonObject data, JsonObject? message) => Given(Blocks(message)[Given(data["index"]).GetValue<int>()]).AsObject();

    /// <exception cref="InvalidOperationException">Nothing of the kind came: it is no message.</exception>
    private static T Given<T>(T? value)
        where T : JsonNode => value ?? throw new InvalidOperationException("A part that a message cannot do without is missing.");

    private static void AddDelta(JsonObject block, JsonObject delta)
    {
        foreach (var (name, value) in delta)
        {
            if (name == "type")
                continue;
            if (name == "citation")
                (block["citations"] as JsonArray ?? (JsonArray)(block["citations"] = new JsonArray())).Add(Given(value).DeepClone());
            else if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String)
                block[name] = (block[name]?.GetValue<string>() ?? "") + text.GetValue<string>();
            else
                block[name] = value?.DeepClone();
        }
    }

    private static void WriteMessage(StringBuilder events, JsonObject message, JsonArray content)
    {
        var start = message.DeepClone().AsObject();
        start["content"] = new JsonArray();
        start["stop_reason"] = null;
        start["stop_sequence"] = null;
        start.Remove("stop_details");
        start.Remove(SafeguardResults.Name);
        Write(events, "message_start", new JsonObject { ["type"] = "message_start", ["message"] = start });
        for (var i = 0; i < content.Count; i++)
            WriteBlock(events, i, Given(content[i]).DeepClone().AsObject());
        var delta = new JsonObject { ["stop_reason"] = message["stop_reason"]?.DeepClone(), ["stop_sequence"] = message["stop_sequence"]?.DeepClone() };
        if (message["stop_details"] is { } details)
            delta["stop_details"] = details.DeepClone();
        if (message[SafeguardResults.Name] is { } results)
            delta[SafeguardResults.Name] = results.DeepClone();
        Write(events, "message_delta", new JsonObject { ["type"] = "message_delta", ["delta"] = delta, ["usage"] = message["usage"]?.DeepClone() });
        Write(events, "message_stop", new JsonObject { ["type"] = "message_stop" });
    }

    private static void WriteBlock(StringBuilder events, int index, JsonObject block)
    {
        var deltas = new List<JsonObject>();
        foreach (var (name, type, empty) in (ReadOnlySpan<(string, string, string?)>)
            [("text", "text_delta", ""), ("thinking", "thinking_delta", ""), ("signature", "signature_delta", ""), ("input", "input_json_delta", null)])
        {
            if (block[name] is not { } value || (name == "text" && block["type"]?.GetValue<string>() != "text"))
                continue;
            var text = empty is null ? value.ToJsonString(Plain) : value.GetValue<string>();
            if (text.Length > 0)
                deltas.Add(new JsonObject { ["type"] = type, [empty is null ? "partial_json" : name] = text });
            block[name] = empty is null ? new JsonObject() : empty;
        }

        if (block["citations"] is JsonArray citations)
        {
            deltas.AddRange(citations.Select(c => new JsonObject { ["type"] = "citations_delta", ["citation"] = Given(c).DeepClone() }));
            block["citations"] = new JsonArray();
        }

        Write(events, "content_block_start", new JsonObject { ["type"] = "content_block_start", ["index"] = index, ["content_block"] = block });
        foreach (var delta in deltas)
            Write(events, "content_block_delta", new JsonObject { ["type"] = "content_block_delta", ["index"] = index, ["delta"] = delta });
        Write(events, "content_block_stop", new JsonObject { ["type"] = "content_block_stop", ["index"] = index });
    }

    private static void Write(StringBuilder events, string name, JsonObject data) =>
        events.Append("event: ").Append(name).Append("\ndata: ").Append(data.ToJsonString(Plain)).Append("\n\n");
}
