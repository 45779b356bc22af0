using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Fakes;

namespace Gateway.Tests.Translation;

/// <summary>
/// What holds of a request that a provider got. An object whose members must all hold, see <c>tests/fixtures/README.md</c>; places in the body are
/// written <c>messages[0].content</c>, <c>tools[*].name</c>, <c>**.strict</c> (at any depth).
/// </summary>
public sealed partial class Condition
{
    private readonly JsonObject _members;

    private Condition(JsonObject members) => _members = members;

    public static Condition Parse(JsonNode? node)
    {
        var members = node as JsonObject ?? [];
        foreach (var (name, _) in members)
        {
            if (name is not ("path" or "turn" or "stream" or "has" or "lacks" or "values" or "below" or "above" or "text" or "headers" or "unless" or "any"))
                throw new InvalidDataException($"There is no condition \"{name}\".");
        }

        return new Condition(members);
    }

    public bool Holds(RecordedRequest request, int turn)
    {
        var body = JsonNode.Parse(request.Body.Span, documentOptions: new JsonDocumentOptions { MaxDepth = 512 });
        return _members.All(m => Holds(m.Key, m.Value!, request, body, turn));
    }

    public static bool IsStream(RecordedRequest request) =>
        request.Path.EndsWith(":streamGenerateContent", StringComparison.Ordinal) || StreamMember().IsMatch(request.Text);

    public override string ToString() => _members.ToJsonString(Fixture.Indented);

    private static bool Holds(string name, JsonNode value, RecordedRequest request, JsonNode? body, int turn) => name switch
    {
        "path" => request.Path.EndsWith(value.GetValue<string>(), StringComparison.Ordinal),
        "turn" => turn == value.GetValue<int>(),
        "stream" => IsStream(request) == value.GetValue<bool>(),
        "has" => Texts(value).All(p => Places(body, p).Any(n => n is not null)),
        "lacks" => Texts(value).All(p => Places(body, p).All(n => n is null)),
        "values" => value.AsObject().All(v => Places(body, v.Key).Any(n => Subset.Difference(v.Value, n) is null)),
        "below" => value.AsObject().All(v => Numbers(body, v.Key).Any(n => n < v.Value!.GetValue<double>())),
        "above" => value.AsObject().All(v => Numbers(body, v.Key).Any(n => n > v.Value!.GetValue<double>())),
        "text" => Regex.IsMatch(body?.ToJsonString(Fixture.Compact) ?? "", value.GetValue<string>(), RegexOptions.None, TimeSpan.FromSeconds(5)),
        "headers" => value.AsObject().All(h => h.Value is null
            ? request.Header(h.Key) is null
            : request.Header(h.Key) is { } text && Subset.Difference(h.Value, JsonValue.Create(text)) is null),
        "unless" => !Parse(value).Holds(request, turn),
        _ => value.AsArray().Any(c => Parse(c).Holds(request, turn)),
    };

    private static IEnumerable<string> Texts(JsonNode value) => value is JsonArray list ? list.Select(t => t!.GetValue<string>()) : [value.GetValue<string>()];

    private static IEnumerable<double> Numbers(JsonNode? body, string path) =>
        Places(body, path).OfType<JsonValue>().Where(v => v.GetValueKind() == JsonValueKind.Number).Select(v => v.GetValue<double>());

    private static IEnumerable<JsonNode?> Places(JsonNode? root, string path)
    {
        IEnumerable<JsonNode?> places = [root];
        foreach (Match step in Steps().Matches(path))
        {
            var name = step.Value.Trim('.', '[', ']');
            places = step.Value[0] == '['
                ? places.OfType<JsonArray>().SelectMany(a => name == "*" ? a : At(a, int.Parse(name, CultureInfo.InvariantCulture)))
                : name == "**" ? places.SelectMany(Within) : places.OfType<JsonObject>().Where(o => o.ContainsKey(name)).Select(o => o[name]);
        }

        return places;
    }

    private static IEnumerable<JsonNode?> At(JsonArray list, int index) => index < list.Count ? [list[index]] : [];

    private static IEnumerable<JsonNode?> Within(JsonNode? node)
    {
        IEnumerable<JsonNode?> inner = node switch
        {
            JsonObject members => members.Select(m => m.Value),
            JsonArray items => items,
            _ => [],
        };
        return inner.SelectMany(Within).Prepend(node);
    }

    [GeneratedRegex(@"\[[^\]]*\]|[^.\[\]]+")]
    private static partial Regex Steps();

    [GeneratedRegex(@"""stream""\s*:\s*true")]
    private static partial Regex StreamMember();
}
