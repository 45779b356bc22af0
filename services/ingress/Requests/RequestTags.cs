using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Microsoft.Extensions.Primitives;

namespace Gateway.Ingress.Requests;

/// <summary>
/// The tags of a request: names with values, from the header <c>gateway-tags: project=search, env=prod</c> or <c>metadata.tags</c>, there as an
/// object of texts or as a list of texts like the header's parts. Of a tag in both the header's counts. A word alone has the value <c>true</c>; a
/// tag with an empty value is none. What is no tag is refused by its place: who sends it sees so at his first request.
/// </summary>
internal static class RequestTags
{
    private const int Most = 16;
    private const int MaxValue = 128;

    /// <summary>The member of <c>metadata</c>.</summary>
    public const string Member = "tags";

    private const string Place = "metadata.tags";
    private const string NoValue = "true";

    /// <summary>Those of the header and those of the body together.</summary>
    /// <exception cref="GatewayException">The header is no list of tags, or all of them are too many.</exception>
    public static Dictionary<string, string>? Of(IHeaderDictionary headers, Dictionary<string, string>? ofBody)
    {
        if (!headers.TryGetValue(GatewayHeaders.Tags, out var header))
            return ofBody;
        var tags = OfHeader(header);
        foreach (var (name, value) in ofBody ?? [])
            tags.TryAdd(name, value);
        if (tags.Count > Most)
            throw TooMany(GatewayHeaders.Tags + " and " + Place);
        return tags.Count > 0 ? tags : null;
    }

    /// <summary>Reads the value of <c>metadata.tags</c>; null for one without tags.</summary>
    public static Dictionary<string, string>? Read(ref Utf8JsonReader reader)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                AddList(tags, Place, Text(ref reader, Place));
                break;
            case JsonTokenType.StartArray:
                ReadArray(ref reader, tags);
                break;
            case JsonTokenType.StartObject:
                ReadObject(ref reader, tags);
                break;
            default:
                throw GatewayException.Invalid(
                    Place + ": should be an object of texts, as in {\"project\":\"search\"}, or a list such as [\"project=search\"].");
        }

        return tags.Count > 0 ? tags : null;
    }

    private static Dictionary<string, string> OfHeader(StringValues header)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in header)
            AddList(tags, GatewayHeaders.Tags, line ?? "");
        return tags;
    }

    private static void ReadArray(ref Utf8JsonReader reader, Dictionary<string, string> tags)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            var place = $"{Place}.{i}";
            if (reader.TokenType != JsonTokenType.String)
                throw GatewayException.Invalid($"{place}: should be a text such as \"project=search\".");
            Add(tags, place, Text(ref reader, place));
        }
    }

    private static void ReadObject(ref Utf8JsonReader reader, Dictionary<string, string> tags)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader, Place);
            var place = TagNames.IsName(name) ? $"{Place}.{name}" : Place;
            reader.Read();
            var value = reader.TokenType switch
            {
                JsonTokenType.String => Text(ref reader, place),
                JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(reader.ValueSpan),
                JsonTokenType.Null => "",
                _ => throw GatewayException.Invalid($"{place}: should be a text."),
            };
            Add(tags, place, name, value);
        }
    }

    private static void AddList(Dictionary<string, string> tags, string place, string list)
    {
        var number = 0;
        foreach (var part in list.AsSpan().Split(','))
        {
            number++;
            var tag = list.AsSpan(part).Trim();
            if (!tag.IsEmpty)
                Add(tags, $"{place}, tag {number}", tag.ToString());
        }
    }

    /// <summary>A colon divides name and value as well: other gateways' clients write tags so.</summary>
    private static void Add(Dictionary<string, string> tags, string place, string tag)
    {
        var end = tag.AsSpan().IndexOfAny('=', ':');
        if (end < 0)
            Add(tags, place, tag, NoValue);
        else
            Add(tags, place, tag[..end], tag[(end + 1)..]);
    }

    private static void Add(Dictionary<string, string> tags, string place, string name, string value)
    {
        name = name.Trim();
        value = value.Trim();
        if (!TagNames.IsName(name))
            throw GatewayException.Invalid(
                $"{place}: the name of a tag has 1 to {TagNames.MaxLength} letters, digits, '.', '_', '-' and '/'. "
                + "Send tags as name=value, separated by commas.");
        if (value.Length > MaxValue || value.Any(char.IsControl))
            throw GatewayException.Invalid($"{place}: the value of a tag has at most {MaxValue} characters, and none that controls.");
        if (value.Length == 0)
            return;
        if (!tags.TryAdd(name, value) && tags[name] != value)
            throw GatewayException.Invalid($"{place}: the tag {name} is given more than once.");
        if (tags.Count > Most)
            throw TooMany(place);
    }

    private static string Text(ref Utf8JsonReader reader, string place)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // An escaped half of a surrogate pair (rule E161).
            throw new GatewayException(ErrorKind.InvalidRequest, $"{place}: is not valid text.", e);
        }
    }

    private static GatewayException TooMany(string place) => GatewayException.Invalid($"{place}: at most {Most} tags.");
}
