using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>A routing rule. Of CEL only the form the SDK's examples and our services use: <c>event.field == "text"</c>.</summary>
internal sealed partial record RouteRule(string Match, string Field, string Value, string Path)
{
    /// <exception cref="FormatException">The expression is another one.</exception>
    public static RouteRule Parse(string match, string path)
    {
        var found = Equality().Match(match);
        return found.Success
            ? new RouteRule(match, found.Groups["field"].Value, found.Groups["value"].Value, path)
            : throw new FormatException($"rule '{match}' is not supported; only event.<field> == \"text\" is");
    }

    public bool Takes(JsonElement cloudEvent) =>
        cloudEvent.TryGetProperty(Field, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(Value);

    [GeneratedRegex("""^\s*event\.(?<field>\w+)\s*==\s*["'](?<value>[^"'\\]*)["']\s*$""")]
    private static partial Regex Equality();
}
