using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Fuzz;

/// <summary>Makes something that is nearly right of something that is right: by JSON's structure, or by bytes.</summary>
internal sealed class Mutator(Random random)
{
    private const string Mark = "@@raw";

    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 600 };
    private static readonly JsonDocumentOptions Read = new() { MaxDepth = 600 };

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "1.5", "1e3", "-1e3", "1e308", "1e999", "2147483648", "9223372036854775807", "9223372036854775808",
        "-9223372036854775809", "123456789012345678901234567890", "\"\"", "\" \"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"",
        "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"",
        "\"\\u00a0\"", "\"\\u202e\"", "\"é\"", "\"../../x\"", "\"%2e%2e%2f\"", "\"1\"", "\"-1\"", "\"NaN\"", "\"\\n\\r\\n\"", "\"data: x\\n\\n\"", "[]", "{}",
        "[null]", "[[]]", "[{}]", "{\"\":\"\"}", "{\"type\":null}", "{\"type\":\"\\ud800\"}", "{\"\\ud800\":1}", "[1,\"a\",null,{}]",
    ];

    private static readonly string[] Names =
    [
        "", "type", "id", "name", "\\ud800", "\\u0000", "content", "text", "role", "index", "usage", "error", "__proto__", "é",
    ];

    public T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    public bool Chance(int oneIn) => random.Next(oneIn) == 0;

    /// <summary>Structure mostly, bytes sometimes, both now and then.</summary>
    public byte[] Json(string json)
    {
        var text = Chance(4) ? json : Structure(json, 1 + random.Next(3));
        var bytes = Encoding.UTF8.GetBytes(text);
        return Chance(5) ? Bytes(bytes) : bytes;
    }

    public string Structure(string json, int times)
    {
        try
        {
            var root = JsonNode.Parse(json, documentOptions: Read);
            var raw = new List<string>();
            for (var i = 0; i < times; i++)
                root = Change(root, raw);
            var text = root?.ToJsonString(Written) ?? "null";
            for (var i = 0; i < raw.Count; i++)
                text = text.Replace($"\"{Mark}{i}@\"", raw[i], StringComparison.Ordinal);
            return text;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            // It has been changed before into something that has no structure any more.
            return json;
        }
    }

    public byte[] Bytes(byte[] bytes)
    {
        var list = bytes.ToList();
        for (var times = 1 + random.Next(4); times > 0; times--)
        {
            var at = random.Next(list.Count + 1);
            var length = Math.Min(list.Count - at, 1 + random.Next(Chance(4) ? 200 : 8));
            switch (random.Next(7))
            {
                case 0 when at < list.Count:
                    list[at] = (byte)random.Next(256);
                    break;
                case 1 when at < list.Count:
                    list[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    list.RemoveRange(at, length);
                    break;
                case 3:
                    list.InsertRange(random.Next(list.Count + 1), list.GetRange(at, length));
                    break;
                case 4:
                    list.InsertRange(at, Encoding.UTF8.GetBytes(Pick(Values)));
                    break;
                case 5 when Chance(3):
                    list.RemoveRange(at, list.Count - at);
                    break;
                default:
                    list.Insert(at, Pick<byte>([0, 10, 13, 34, 44, 58, 91, 92, 93, 123, 125, 0xC3, 0xED, 0xEF, 0xFF]));
                    break;
            }
        }

        return [.. list];
    }

    /// <summary>The events of a stream changed one by one, dropped, doubled and moved, its line ends and its end.</summary>
    public byte[] Stream(byte[] stream)
    {
        var events = Encoding.UTF8.GetString(stream).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).ToList();
        for (var times = 1 + random.Next(3); times > 0 && events.Count > 0; times--)
        {
            var at = random.Next(events.Count);
            switch (random.Next(8))
            {
                case 0:
                    events.RemoveAt(at);
                    break;
                case 1:
                    events.Insert(random.Next(events.Count + 1), events[at]);
                    break;
                case 2:
                    (events[at], events[^1]) = (events[^1], events[at]);
                    break;
                case 3:
                    events.Insert(at, Pick<string>(
                        ["data: [DONE]", "data:", ": comment", "event: error\ndata: {}", "event: x", "data: null", "data: []", "id: 1\nretry: x"]));
                    break;
                case 4 when Chance(2):
                    events.RemoveRange(at, events.Count - at);
                    break;
                default:
                    events[at] = ChangeData(events[at]);
                    break;
            }
        }

        var text = string.Join("\n\n", events) + (Chance(10) ? "" : "\n\n");
        if (Chance(8))
            text = text.Replace("\n", Pick<string>(["\r\n", "\r"]), StringComparison.Ordinal);
        var bytes = Encoding.UTF8.GetBytes(text);
        return Chance(6) ? Bytes(bytes) : bytes;
    }

    private string ChangeData(string e)
    {
        const string Data = "data: ";
        var at = e.IndexOf(Data, StringComparison.Ordinal);
        return at < 0 ? e : e[..(at + Data.Length)] + Structure(e[(at + Data.Length)..], 1 + random.Next(2));
    }

    private JsonNode? Change(JsonNode? root, List<string> raw)
    {
        var all = new List<JsonNode>();
        Collect(root, all);
        var containers = all.Where(n => n is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }).ToList();
        if (containers.Count == 0 || Chance(60))
            return Raw(Value(), raw);
        switch (Pick(containers))
        {
            case JsonObject o:
                ChangeMember(o, o.ElementAt(random.Next(o.Count)).Key, all, raw);
                break;
            case JsonArray a:
                ChangeItem(a, random.Next(a.Count), all, raw);
                break;
        }

        return root;
    }

    private void ChangeMember(JsonObject o, string name, List<JsonNode> all, List<string> raw)
    {
        switch (random.Next(7))
        {
            case 0:
                o.Remove(name);
                break;
            case 1:
                // A name twice, or another name for the value.
                var value = o[name]?.DeepClone();
                if (Chance(2))
                    o.Remove(name);
                o[Raw($"\"{(Chance(2) ? name : Pick(Names))}\"", raw).ToString()] = value;
                break;
            case 2:
                o[name] = Pick(all).DeepClone();
                break;
            case 3:
                o[Pick(Names)] = Raw(Value(), raw);
                break;
            default:
                o[name] = Raw(Value(), raw);
                break;
        }
    }

    private void ChangeItem(JsonArray a, int at, List<JsonNode> all, List<string> raw)
    {
        switch (random.Next(6))
        {
            case 0:
                a.RemoveAt(at);
                break;
            case 1:
                a.Insert(at, a[at]?.DeepClone());
                break;
            case 2:
                a.Add(Pick(all).DeepClone());
                break;
            case 3:
                var moved = a[at];
                a.RemoveAt(at);
                a.Add(moved);
                break;
            default:
                a[at] = Raw(Value(), raw);
                break;
        }
    }

    private string Value() => random.Next(40) switch
    {
        0 => $"\"{new string('x', 20_000)}\"",
        1 => string.Concat(Enumerable.Repeat("[", 600)) + string.Concat(Enumerable.Repeat("]", 600)),
        2 => string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200),
        3 => $"\"{string.Concat(Enumerable.Repeat("\\u00a0", 3_000))}\"",
        _ => Pick(Values),
    };

    private static JsonValue Raw(string text, List<string> raw)
    {
        raw.Add(text);
        return JsonValue.Create($"{Mark}{raw.Count - 1}@");
    }

    private static void Collect(JsonNode? node, List<JsonNode> all)
    {
        if (node is null)
            return;
        all.Add(node);
        foreach (var child in node switch
        {
            JsonObject o => o.Select(m => m.Value),
            JsonArray a => a,
            _ => [],
        })
            Collect(child, all);
    }
}
