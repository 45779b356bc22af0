using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Providers;

namespace Gateway.Tests.Translation;

/// <summary>
/// A folder under <c>tests/fixtures/exchanges</c> in one of its modes, against a provider of its own behind the gateway that the tests share:
/// <code>
///   turns of request.json  ->  gateway (route.json)  ->  upstream.json: the first entry whose "when" holds  ->  expected.json
/// </code>
/// </summary>
public sealed class Exchange
{
    /// <summary>Where route.json says that the provider is.</summary>
    private const string Written = "http://127.0.0.1:9000";

    private readonly Fixture _folder;
    private readonly string _mode;
    private readonly string _at;
    private readonly List<(JsonObject Entry, Condition When)> _entries;
    private readonly ConcurrentQueue<string> _unexpected = [];

    public Exchange(string name, string mode)
    {
        Name = name;
        _folder = Fixture.Open($"exchanges/{name}");
        _mode = mode;
        _at = $"/{name}/{mode}";
        var request = _folder.Json("request.json");
        Turns = [.. request["turns"]!.AsArray().Select(t => t!.AsObject())];
        Expected = _folder.Json("expected.json").AsObject();
        _entries = [.. _folder.Json("upstream.json").AsArray().Select(e => (e!.AsObject(), Condition.Parse(e["when"])))];
    }

    public string Name { get; }

    public bool Stream => _mode == "stream";

    public IReadOnlyList<JsonObject> Turns { get; }

    public JsonObject Expected { get; }

    /// <summary>Counted from 1.</summary>
    public int Turn { get; set; }

    /// <summary>The calls for which upstream.json has no entry.</summary>
    public IReadOnlyCollection<string> Unexpected => _unexpected;

    public static IEnumerable<(string Name, string Mode)> All() =>
        from name in Fixture.Exchanges()
        from mode in Fixture.Open($"exchanges/{name}").Json("request.json")["modes"]!.AsArray()
        select (name, mode!.GetValue<string>());

    /// <summary>Adds the providers and models of route.json, whose names and addresses are made this exchange's own, to a catalog.</summary>
    public void AddRoute(JsonObject providers, JsonArray models, string upstream)
    {
        var route = _folder.Json("route.json");
        foreach (var (name, entry) in route["providers"]!.AsObject())
        {
            var provider = entry!.DeepClone().AsObject();
            provider["baseUrl"] = provider["baseUrl"]!.GetValue<string>().Replace(Written, upstream + _at, StringComparison.Ordinal);
            if (provider["descriptor"] is null && ProviderDescriptors.Find(name) is not null)
                provider["descriptor"] = name;
            providers[Own(name)] = provider;
        }

        foreach (var entry in route["models"]!.AsArray())
        {
            var model = entry!.DeepClone().AsObject();
            model["id"] = Own(model["id"]!.GetValue<string>());
            foreach (var to in model["routes"]!.AsArray())
                to!["provider"] = Own(to["provider"]!.GetValue<string>());
            models.Add(model);
        }
    }

    /// <summary>The body of a turn, with what it takes from the answer before put in.</summary>
    public string Body(JsonObject turn, JsonObject? answer)
    {
        var body = Fill(turn["body"]!, answer)!.AsObject();
        body["model"] = Own(body["model"]!.GetValue<string>());
        if (Stream && !Path(turn).EndsWith("/count_tokens", StringComparison.Ordinal))
            body["stream"] = true;
        var text = body.ToJsonString(Fixture.Indented);
        return turn["mark"]?.GetValue<bool>() == true ? "\uFEFF" + text : text;
    }

    public static string Path(JsonObject turn) => turn["path"]!.GetValue<string>();

    public bool IsOurs(RecordedRequest request) => request.Path.StartsWith(_at + "/", StringComparison.Ordinal);

    public Answer Answer(RecordedRequest request)
    {
        foreach (var (entry, when) in _entries)
        {
            if (when.Holds(request, Turn))
                return Answer(entry, Condition.IsStream(request));
        }

        _unexpected.Enqueue($"{request.Path} {request.Text}");
        return Fakes.Answer.Json("{}", 599);
    }

    private Answer Answer(JsonObject entry, bool streamed)
    {
        // One of the two alone answers both kinds of request.
        var stream = entry.ContainsKey("stream") && (streamed || !entry.ContainsKey("body"));
        var file = stream ? entry["stream"]!.GetValue<string>() : null;
        var bytes = file is not null ? _folder.Bytes(file) : Bytes(entry["body"]);
        var status = entry["status"]?.GetValue<int>() ?? 200;
        var type = !entry.ContainsKey("contentType")
            ? (stream ? "text/event-stream" : entry["body"] is JsonValue ? "text/html" : "application/json")
            : entry["contentType"]?.GetValue<string>();
        var answer = new Answer().Status(status);
        if (type is not null)
            answer.Header("content-type", type);
        foreach (var (name, value) in entry["headers"]?.AsObject() ?? [])
            answer.Header(name, value!.GetValue<string>());
        if (entry["apart"]?.GetValue<bool>() != true)
            return answer.Raw(bytes);
        // Event by event, so that the first is read before the next has come.
        foreach (var part in Encoding.UTF8.GetString(bytes).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            answer.Raw(part + "\n\n").Wait(TimeSpan.FromMilliseconds(200));
        return answer;
    }

    private static byte[] Bytes(JsonNode? body) => Encoding.UTF8.GetBytes(
        body is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : body?.ToJsonString(Fixture.Indented) ?? "");

    private static JsonNode? Fill(JsonNode? node, JsonObject? answer) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Fill(m.Value, answer)))),
        JsonArray items => new JsonArray([.. items.Select(i => Fill(i, answer))]),
        JsonValue value when value.TryGetValue<string>(out var text) && text == "$answer" => answer!["content"]!.DeepClone(),
        JsonValue value when value.TryGetValue<string>(out var text) && text == "$call" =>
            answer!["content"]!.AsArray().First(b => b!["type"]!.GetValue<string>() == "tool_use")!["id"]!.DeepClone(),
        _ => node?.DeepClone(),
    };

    private string Own(string name) => $"{name}-{Name}-{_mode}";
}
