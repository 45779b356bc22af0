using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Safeguards;

/// <summary>Reads what a judge has answered, by the tool it was to use or as the same JSON in its text.</summary>
internal static class JudgeAnswer
{
    private const int MaxExplanation = 1_000;

    /// <summary>The verdict of each call by its place. A place that is missing got none that can be used.</summary>
    /// <param name="message">A whole Messages answer.</param>
    /// <param name="refused">The judge would not answer.</param>
    public static Dictionary<int, Verdict> Read(ReadOnlyMemory<byte> message, out bool refused)
    {
        var verdicts = new Dictionary<int, Verdict>();
        refused = false;
        try
        {
            using var document = JsonDocument.Parse(message, GatewayJson.DocumentOptions);
            var root = document.RootElement;
            refused = root.TryGetProperty("stop_reason"u8, out var stop) && stop.ValueKind == JsonValueKind.String && stop.ValueEquals("refusal"u8);
            if (!refused && root.TryGetProperty("content"u8, out var content) && content.ValueKind == JsonValueKind.Array)
                Read(content, verdicts);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What cannot be read says nothing of any call.
            verdicts.Clear();
        }

        return verdicts;
    }

    private static void Read(JsonElement content, Dictionary<int, Verdict> verdicts)
    {
        var text = "";
        foreach (var block in content.EnumerateArray())
        {
            if (block.TryGetProperty("input"u8, out var input) && block.TryGetProperty("name"u8, out var name) && name.ValueEquals(JudgeRequest.Tool))
                Take(input, verdicts);
            else if (block.TryGetProperty("text"u8, out var part) && part.ValueKind == JsonValueKind.String)
                text += part.GetString();
        }

        var start = text.IndexOf('{', StringComparison.Ordinal);
        var end = text.LastIndexOf('}');
        if (verdicts.Count > 0 || start < 0 || end < start)
            return;
        using var document = JsonDocument.Parse(text.AsMemory(start, end + 1 - start), GatewayJson.DocumentOptions);
        Take(document.RootElement, verdicts);
    }

    private static void Take(JsonElement report, Dictionary<int, Verdict> verdicts)
    {
        if (report.ValueKind != JsonValueKind.Object || !report.TryGetProperty("verdicts"u8, out var list) || list.ValueKind != JsonValueKind.Array)
            return;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("id"u8, out var id) || id.ValueKind != JsonValueKind.String
                || !entry.TryGetProperty("flagged"u8, out var flagged) || flagged.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
                || PlaceOf(id.GetString()!) is not { } place)
                continue;
            var why = entry.TryGetProperty("explanation"u8, out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
            // Said twice and differently, the worse counts.
            if (flagged.ValueKind == JsonValueKind.True)
                verdicts[place] = Verdict.Flagged(BoundedText.Cut(why, MaxExplanation));
            else
                verdicts.TryAdd(place, Verdict.NotFlagged);
        }
    }

    private static int? PlaceOf(string id)
    {
        var number = id.AsSpan(id.LastIndexOf('_') + 1);
        return int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var place) && place > 0
            && JudgeRequest.IdOf(place - 1) == id
            ? place - 1
            : null;
    }
}
