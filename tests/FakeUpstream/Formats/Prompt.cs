using System.Text.Json;

namespace Gateway.Fakes.Formats;

/// <summary>The little of a request that the default answers depend on, taken from either format in one pass.</summary>
internal sealed class Prompt
{
    public string Model { get; private set; } = "";
    public bool Stream { get; private set; }

    /// <summary>The last piece of text in the messages.</summary>
    public string LastText { get; private set; } = "";

    /// <summary>The first tool that the text names after "use tool", if it is offered.</summary>
    public string? Tool { get; private set; }

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
                prompt.TakeMember(ref json, tools);
        }
        catch (JsonException)
        {
            return null;
        }

        const string Ask = "use tool ";
        var at = prompt.LastText.IndexOf(Ask, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
            prompt.Tool = tools.Find(t => prompt.LastText.AsSpan(at + Ask.Length).StartsWith(t, StringComparison.Ordinal));
        return prompt;
    }

    private void TakeMember(ref Utf8JsonReader json, List<string> tools)
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
        else if (json.ValueTextEquals("messages"u8))
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
            if (json.TokenType != JsonTokenType.PropertyName || !(json.ValueTextEquals("text"u8) || json.ValueTextEquals("content"u8)))
                continue;
            json.Read();
            if (json.TokenType == JsonTokenType.String)
                LastText = json.GetString()!;
        }
    }

    /// <summary>Anthropic has <c>name</c> on the tool, OpenAI on its <c>function</c>; deeper ones are properties of the schema.</summary>
    private static void TakeToolNames(ref Utf8JsonReader json, List<string> tools)
    {
        var depth = json.CurrentDepth;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth > depth + 3 || !json.ValueTextEquals("name"u8))
                continue;
            json.Read();
            if (json.TokenType == JsonTokenType.String)
                tools.Add(json.GetString()!);
        }
    }
}
