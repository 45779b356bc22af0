using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Demo;

/// <summary>
/// What the demo model says: it repeats the last text of the user, or calls the tool it is asked for
/// (<c>use tool get_weather</c>), and reports plausible token numbers.
/// </summary>
internal sealed class DemoAnswer
{
    private const int BytesPerToken = 4;

    private readonly string _id = $"msg_demo_{Guid.NewGuid():N}";
    private readonly string _model;
    private readonly string[] _words;
    private readonly string? _tool;
    private readonly int _inputTokens;
    private readonly bool _cutShort;

    private DemoAnswer(string model, bool isStream, string[] words, string? tool, int inputTokens, bool cutShort)
    {
        _model = model;
        IsStream = isStream;
        _words = words;
        _tool = tool;
        _inputTokens = inputTokens;
        _cutShort = cutShort;
    }

    public bool IsStream { get; }

    private string StopReason => _tool is not null ? "tool_use" : _cutShort ? "max_tokens" : "end_turn";

    public static DemoAnswer To(JsonElement request, int bytes)
    {
        var (role, text) = LastText(request);
        var tool = role == "tool_result" ? null : AskedTool(request, text);
        var words = Words(role == "tool_result" ? $"The tool said: {text}" : $"You said: {text}");
        var maxWords = request.TryGetProperty("max_tokens", out var max) && max.ValueKind == JsonValueKind.Number
            ? (int)Math.Clamp(max.GetDouble(), 0, int.MaxValue)
            : int.MaxValue;
        var cutShort = tool is null && words.Length > maxWords;
        return new DemoAnswer(
            Text(request, "model") ?? "echo",
            request.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True,
            cutShort ? words[..maxWords] : words,
            tool,
            Math.Max(1, bytes / BytesPerToken),
            cutShort);
    }

    public byte[] Count() => Write(json => json.WriteNumber("input_tokens", _inputTokens));

    public byte[] Message() => Write(json =>
    {
        WriteHead(json);
        json.WriteStartArray("content");
        json.WriteStartObject();
        if (_tool is null)
            WriteTextBlock(json, string.Concat(_words));
        else
            WriteToolBlock(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("stop_reason", StopReason);
        json.WriteNull("stop_sequence");
        WriteUsage(json, _words.Length);
    });

    public IEnumerable<(string Name, string Data, bool IsDelta)> Events()
    {
        yield return Event("message_start", json =>
        {
            json.WriteStartObject("message");
            WriteHead(json);
            json.WriteStartArray("content");
            json.WriteEndArray();
            json.WriteNull("stop_reason");
            json.WriteNull("stop_sequence");
            WriteUsage(json, 1);
            json.WriteEndObject();
        });
        yield return Event("content_block_start", json =>
        {
            json.WriteNumber("index", 0);
            json.WriteStartObject("content_block");
            if (_tool is null)
                WriteTextBlock(json, "");
            else
                WriteToolBlock(json);
            json.WriteEndObject();
        });
        if (_tool is null)
        {
            foreach (var word in _words)
                yield return Delta("text_delta", "text", word);
        }
        else
        {
            yield return Delta("input_json_delta", "partial_json", "{}");
        }

        yield return Event("content_block_stop", json => json.WriteNumber("index", 0));
        yield return Event("message_delta", json =>
        {
            json.WriteStartObject("delta");
            json.WriteString("stop_reason", StopReason);
            json.WriteNull("stop_sequence");
            json.WriteEndObject();
            json.WriteStartObject("usage");
            json.WriteNumber("output_tokens", _words.Length);
            json.WriteEndObject();
        });
        yield return Event("message_stop", _ => { });
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        json.WriteString("id", _id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", _model);
    }

    private static void WriteTextBlock(Utf8JsonWriter json, string text)
    {
        json.WriteString("type", "text");
        json.WriteString("text", text);
    }

    private void WriteToolBlock(Utf8JsonWriter json)
    {
        json.WriteString("type", "tool_use");
        json.WriteString("id", _id.Replace("msg_", "toolu_", StringComparison.Ordinal));
        json.WriteString("name", _tool);
        json.WriteStartObject("input");
        json.WriteEndObject();
        // The official C# SDK refuses a tool_use without it.
        json.WriteStartObject("caller");
        json.WriteString("type", "direct");
        json.WriteEndObject();
    }

    private void WriteUsage(Utf8JsonWriter json, int outputTokens)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", _inputTokens);
        json.WriteNumber("cache_creation_input_tokens", 0);
        json.WriteNumber("cache_read_input_tokens", 0);
        json.WriteNumber("output_tokens", outputTokens);
        json.WriteEndObject();
    }

    private static (string, string, bool) Delta(string type, string member, string value)
    {
        var (name, data, _) = Event("content_block_delta", json =>
        {
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            json.WriteString("type", type);
            json.WriteString(member, value);
            json.WriteEndObject();
        });
        return (name, data, true);
    }

    private static (string Name, string Data, bool IsDelta) Event(string type, Action<Utf8JsonWriter> members) => (type, Encoding.UTF8.GetString(Write(json =>
    {
        json.WriteString("type", type);
        members(json);
    })), false);

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, GatewayJson.WriterOptions))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The last text of the last user turn, and whether it came from a tool.</summary>
    private static (string Role, string Text) LastText(JsonElement request)
    {
        if (request.ValueKind != JsonValueKind.Object || !request.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
            return ("user", "");
        for (var i = messages.GetArrayLength() - 1; i >= 0; i--)
        {
            var message = messages[i];
            if (Text(message, "role") == "user" && message.TryGetProperty("content", out var content) && TextOf(content) is { } found)
                return found;
        }

        return ("user", "");
    }

    private static (string Role, string Text)? TextOf(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
            return ("user", content.GetString()!);
        if (content.ValueKind != JsonValueKind.Array)
            return null;
        for (var i = content.GetArrayLength() - 1; i >= 0; i--)
        {
            var block = content[i];
            if (Text(block, "type") == "text" && Text(block, "text") is { } text)
                return ("user", text);
            if (Text(block, "type") == "tool_result" && block.TryGetProperty("content", out var result))
                return ("tool_result", TextOf(result)?.Text ?? "");
        }

        return null;
    }

    private static string? AskedTool(JsonElement request, string text)
    {
        const string Ask = "use tool ";
        var at = text.IndexOf(Ask, StringComparison.OrdinalIgnoreCase);
        if (at < 0 || !request.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array)
            return null;
        return tools.EnumerateArray()
            .Select(tool => Text(tool, "name"))
            .FirstOrDefault(name => name is not null && text.AsSpan(at + Ask.Length).StartsWith(name, StringComparison.Ordinal));
    }

    private static string? Text(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string[] Words(string text)
    {
        var words = text.Split(' ');
        for (var i = 0; i < words.Length - 1; i++)
            words[i] += " ";
        return words;
    }
}
