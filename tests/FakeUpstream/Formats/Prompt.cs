using System.Text;
using System.Text.Json;

namespace Gateway.Fakes.Formats;

/// <summary>The little of a request that the default answers depend on, taken from any format in one pass.</summary>
internal sealed class Prompt
{
    private const string Ask = "use tool ";
    private const string With = " with ";

    private string? _ask;

    public string Model { get; set; } = "";
    public bool Stream { get; set; }

    /// <summary>The last piece of text in the messages.</summary>
    public string LastText { get; private set; } = "";

    /// <summary>The offered tool that a text names after "use tool", until a later message brings a tool's result.</summary>
    public string? Tool { get; private set; }

    /// <summary>The tool's input: the JSON object after "use tool NAME with", else one that is always the same.</summary>
    public string ToolInput { get; private set; } = """{"query":"fake"}""";

    public int InputTokens { get; private set; }

    public static Prompt? TryRead(ReadOnlySpan<byte> body)
    {
        var prompt = new Prompt { InputTokens = Math.Max(1, body.Length / 4) };
        var tools = new List<string>();
        try
        {
            var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 512 });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                prompt.ReadMember(ref json, tools);
        }
        catch (JsonException)
        {
            return null;
        }

        prompt.ChooseTool(tools);
        return prompt;
    }

    private void ChooseTool(List<string> tools)
    {
        for (
            var at = _ask?.IndexOf(Ask, StringComparison.OrdinalIgnoreCase) ?? -1; at >= 0; at = _ask!.IndexOf(Ask, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var rest = _ask!.AsSpan(at + Ask.Length);
            foreach (var tool in tools)
            {
                if (!rest.StartsWith(tool, StringComparison.Ordinal))
                    continue;
                Tool = tool;
                if (rest[tool.Length..].StartsWith(With, StringComparison.Ordinal))
                    ToolInput = FirstObject(rest[(tool.Length + With.Length)..]) ?? ToolInput;
                return;
            }
        }
    }

    private static string? FirstObject(ReadOnlySpan<char> text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ToArray());
        var json = new Utf8JsonReader(bytes, isFinalBlock: false, default);
        try
        {
            return json.Read() && json.TokenType == JsonTokenType.StartObject && json.TrySkip()
                ? Encoding.UTF8.GetString(bytes.AsSpan(0, (int)json.BytesConsumed))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void ReadMember(ref Utf8JsonReader json, List<string> tools)
    {
        if (json.ValueTextEquals("model"u8))
        {
            json.Read();
            Model = json.GetString() ?? "";
        }
        else if (json.ValueTextEquals("stream"u8))
        {
            json.Read();
            Stream = json.TokenType == JsonTokenType.True;
        }
        else if (json.ValueTextEquals("messages"u8) || json.ValueTextEquals("input"u8) || json.ValueTextEquals("contents"u8))
        {
            json.Read();
            TakeTexts(ref json);
        }
        else if (json.ValueTextEquals("tools"u8))
        {
            json.Read();
            TakeToolNames(ref json, tools);
        }
        else
        {
            json.Read();
            json.Skip();
        }
    }

    private void TakeTexts(ref Utf8JsonReader json)
    {
        var depth = json.CurrentDepth;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType != JsonTokenType.PropertyName)
                continue;
            if (json.ValueTextEquals("text"u8) || json.ValueTextEquals("content"u8) || json.ValueTextEquals("output"u8))
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String)
                    ReadText(json.GetString()!);
            }
            else if (json.ValueTextEquals("role"u8) || json.ValueTextEquals("type"u8))
            {
                json.Read();
                // OpenAI's and Anthropic's way to say that a tool has run.
                if (json.ValueTextEquals("tool"u8) || json.ValueTextEquals("tool_result"u8) || json.ValueTextEquals("function_call_output"u8))
                    _ask = null;
            }
            else if (json.ValueTextEquals("functionResponse"u8))
            {
                // Gemini's way.
                _ask = null;
            }
        }
    }

    private void ReadText(string text)
    {
        LastText = text;
        if (text.Contains(Ask, StringComparison.OrdinalIgnoreCase))
            _ask = text;
    }

    /// <summary>
    /// Anthropic has <c>name</c> on the tool, OpenAI on its <c>function</c>, Gemini in a list of declarations; deeper ones are properties
    /// of the schema.
    /// </summary>
    private static void TakeToolNames(ref Utf8JsonReader json, List<string> tools)
    {
        var depth = json.CurrentDepth;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth > depth + 4 || !json.ValueTextEquals("name"u8))
                continue;
            json.Read();
            if (json.TokenType == JsonTokenType.String)
                tools.Add(json.GetString()!);
        }
    }
}
