using System.Text.Json.Serialization;
using Gateway.Contracts.Json;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// What a report can be grouped by besides day, model and provider, as an event says it. Whoever publishes events may be another than ingress: it
/// is bounded here. Names are short because many are stored.
/// </summary>
public sealed record UsageOrigin
{
    private const int MaxTags = 16;
    private const int MaxTagValue = 128;
    private const char TagEnd = '\n';

    /// <summary>Of the UTC day.</summary>
    [JsonPropertyName("h")]
    public required int Hour { get; init; }

    /// <summary>The team and the organisation that settle by the event, too, with a space between them.</summary>
    [JsonPropertyName("g"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Groups { get; init; }

    [JsonPropertyName("u"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? User { get; init; }

    [JsonPropertyName("s"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Session { get; init; }

    [JsonPropertyName("a"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Agent { get; init; }

    [JsonPropertyName("c"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequestClass { get; init; }

    /// <summary>As <c>name=value</c>, a line each, in order: equal sets of tags are equal texts.</summary>
    [JsonPropertyName("t"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Tags { get; init; }

    public static UsageOrigin Of(UsageEvent e) => new()
    {
        Hour = e.Time.UtcDateTime.Hour,
        Groups = e.Accounts is null || !e.Accounts.Any(AccountIds.IsGroup) ? null : string.Join(' ', e.Accounts.Where(AccountIds.IsGroup)),
        User = Bounded(e.User),
        Session = Bounded(e.Session),
        Agent = Bounded(e.Agent),
        RequestClass = Bounded(e.RequestClass),
        Tags = TagsOf(e),
    };

    /// <summary>Whether the account of a group counts the event.</summary>
    public bool IsOf(string group) => Groups is not null && Groups.Split(' ').Contains(group);

    /// <summary>Null where the request had no such tag.</summary>
    public string? Tag(string name)
    {
        foreach (var line in Tags.AsSpan().Split(TagEnd))
        {
            var tag = Tags.AsSpan()[line];
            if (tag.Length > name.Length && tag[name.Length] == '=' && tag.StartsWith(name, StringComparison.Ordinal))
                return tag[(name.Length + 1)..].ToString();
        }

        return null;
    }

    private static string? Bounded(string? text) => string.IsNullOrEmpty(text) ? null : BoundedText.Cut(text);

    private static string? TagsOf(UsageEvent e)
    {
        if (e.Tags is not { Count: > 0 } tags)
            return null;
        var lines = tags
            .Where(static t => TagNames.IsName(t.Key) && t.Value is { Length: > 0 } value && !value.Any(char.IsControl))
            .OrderBy(static t => t.Key, StringComparer.Ordinal)
            .Take(MaxTags)
            .Select(static t => $"{t.Key}={BoundedText.Cut(t.Value, MaxTagValue)}");
        return string.Join(TagEnd, lines) is { Length: > 0 } text ? text : null;
    }
}
