using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Safeguards;

/// <summary>
/// What of a conversation a judge reads: what the user and the model have said, and the model's earlier calls. Results of tools are left out
/// altogether, and so is what the client puts into the user's messages by itself: whoever writes a file or a page that is read must not speak for
/// the user. The oldest goes first where it is too much, but for the user's opening request.
/// </summary>
internal static partial class Transcript
{
    /// <summary>Characters of one text or input.</summary>
    public const int MaxEntry = 2_000;

    /// <summary>Bytes of all entries, as they are written.</summary>
    public const int MaxBytes = 24_000;

    private const int MaxEnd = 500;

    /// <param name="json">Takes an array.</param>
    /// <param name="messages">Of the request.</param>
    /// <param name="answer">What the answer says, whose calls are judged.</param>
    public static void Write(Utf8JsonWriter json, JsonElement messages, string answer)
    {
        var all = messages.ValueKind == JsonValueKind.Array ? messages.EnumerateArray().ToList() : [];
        var opening = all.SelectMany((message, i) => EntriesOf(message, i)).FirstOrDefault(e => e.Who == Speaker.User);
        var entries = new List<Entry>();
        var room = MaxBytes - opening.Bytes;
        var whole = Take(new Entry(Speaker.Model, answer, null, all.Count));
        for (var i = all.Count - 1; whole && i >= 0; i--)
        {
            foreach (var entry in EntriesOf(all[i], i).Reverse())
            {
                whole = entry == opening || Take(entry);
                if (!whole || entry == opening)
                    break;
            }

            if (opening.Text is not null && i == opening.Message)
                break;
        }

        json.WriteStartArray();
        if (opening.Text is not null)
            opening.Write(json);
        if (!whole)
        {
            json.WriteStartObject();
            json.WriteString("omitted"u8, "older entries"u8);
            json.WriteEndObject();
        }

        for (var i = entries.Count - 1; i >= 0; i--)
            entries[i].Write(json);
        json.WriteEndArray();

        bool Take(in Entry entry)
        {
            room -= entry.Bytes;
            if (room < 0)
                return false;
            if (entry.Text!.Length > 0)
                entries.Add(entry);
            return true;
        }
    }

    /// <summary>In its order.</summary>
    private static IEnumerable<Entry> EntriesOf(JsonElement message, int index)
    {
        if (TextOf(message, "role") is not ("user" or "assistant") || !message.TryGetProperty("content"u8, out var content))
            yield break;
        var who = TextOf(message, "role") == "user" ? Speaker.User : Speaker.Model;
        if (content.ValueKind == JsonValueKind.String)
        {
            if (Said(who, Decoded(content)) is { Length: > 0 } text)
                yield return new Entry(who, text, null, index);
            yield break;
        }

        if (content.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var block in content.EnumerateArray())
        {
            if (TextOf(block, "type") == "text" && Said(who, TextOf(block, "text")) is { Length: > 0 } text)
                yield return new Entry(who, text, null, index);
            else if (who == Speaker.Model && TextOf(block, "type") == "tool_use" && TextOf(block, "name") is { } tool)
                yield return new Entry(Speaker.Call, block.TryGetProperty("input"u8, out var input) ? Cut(input.GetRawText()) : "{}", Cut(tool), index);
        }
    }

    private static string? Said(Speaker who, string? text) =>
        text is null ? null : Cut(who == Speaker.User ? Machine().Replace(text, "").Trim() : text.Trim());

    private static string Cut(string text) =>
        text.Length <= MaxEntry ? text : $"{Start(text, MaxEntry - MaxEnd)} […] {End(text, MaxEnd)}";

    /// <summary>Not in the middle of a surrogate pair.</summary>
    private static string Start(string text, int length) => text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static string End(string text, int length) => text[(char.IsLowSurrogate(text[^length]) ? text.Length - length + 1 : text.Length - length)..];

    private static string? TextOf(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? Decoded(value)
            : null;

    /// <summary>Null for half a character, which no text has.</summary>
    private static string? Decoded(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// What Claude Code writes into a user's message: notes with the contents of files, and the outputs of commands. From the first mark to the
    /// last, or to the end: what is inside may have marks of its own.
    /// </summary>
    [GeneratedRegex(
        @"<(?:system-reminder|(?:bash|local-command)-std(?:out|err)|task-notification)\b(?:.*</(?:system-reminder|(?:bash|local-command)-std(?:out|err)"
        + @"|task-notification)>|.*)",
        RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Machine();

    private enum Speaker
    {
        None,
        User,
        Model,
        Call,
    }

    /// <param name="Who">Whose it is.</param>
    /// <param name="Text">Or the input of a call, as JSON that may be cut.</param>
    /// <param name="Tool">Of a call.</param>
    /// <param name="Message">The place of its message.</param>
    private readonly record struct Entry(Speaker Who, string? Text, string? Tool, int Message)
    {
        private const int Frame = 40;

        /// <summary>About what it takes.</summary>
        public int Bytes => Text is null ? 0 : Frame + Encoded(Text) + Encoded(Tool ?? "");

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            if (Who == Speaker.Call)
            {
                json.WriteString("call"u8, Tool);
                json.WriteString("input"u8, Text);
            }
            else
            {
                json.WriteString(Who == Speaker.User ? "user"u8 : "assistant"u8, Text);
            }

            json.WriteEndObject();
        }

        private static int Encoded(string text) => JsonEncodedText.Encode(text, GatewayJson.WriterOptions.Encoder).EncodedUtf8Bytes.Length;
    }
}
