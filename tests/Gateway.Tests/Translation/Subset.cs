using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Translation;

/// <summary>
/// Compares JSON with what is expected of it: of an object the named members, <c>null</c> for one that must not be there; a list item by item; a text
/// between slashes is a regular expression.
/// </summary>
public static class Subset
{
    /// <summary>The first difference and its place; null where there is none.</summary>
    public static string? Difference(JsonNode? expected, JsonNode? actual, string place = "")
    {
        switch (expected)
        {
            case JsonObject members:
                return actual is not JsonObject owner
                    ? $"{place}: expected an object, got {Text(actual)}"
                    : members.Select(m => Difference(m.Value, owner[m.Key], $"{place}.{m.Key}")).FirstOrDefault(d => d is not null);
            case JsonArray items when actual is JsonArray list && list.Count == items.Count:
                return items.Select((item, i) => Difference(item, list[i], $"{place}[{i}]")).FirstOrDefault(d => d is not null);
            case JsonValue value when value.TryGetValue<string>(out var pattern) && pattern is ['/', .., '/'] && pattern.Length > 2:
                return actual is JsonValue text && text.GetValueKind() == JsonValueKind.String
                    && Regex.IsMatch(text.GetValue<string>(), pattern[1..^1], RegexOptions.None, TimeSpan.FromSeconds(5))
                    ? null
                    : $"{place}: expected {pattern}, got {Text(actual)}";
            default:
                return JsonNode.DeepEquals(expected, actual) ? null : $"{place}: expected {Text(expected)}, got {Text(actual)}";
        }
    }

    private static string Text(JsonNode? node) => node?.ToJsonString(Fixture.Compact) ?? "nothing";
}
