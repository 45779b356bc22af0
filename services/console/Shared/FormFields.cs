using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;

namespace Gateway.AdminConsole.Shared;

/// <summary>
/// The fields of a form, as they are shown or were sent, and back as what the admin API takes. What is no number is handed on as it was typed: the admin API
/// says what is wrong with it, and with everything else at once.
/// </summary>
public class FormFields
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public FormFields()
    {
    }

    /// <summary>As they were sent; boxes of one name by commas.</summary>
    public FormFields(IEnumerable<KeyValuePair<string, StringValues>> sent)
    {
        foreach (var (name, value) in sent)
            Set(name, value.ToString().Trim());
    }

    /// <summary>What stands in a field; empty where nothing does.</summary>
    public string this[string field] => _values.GetValueOrDefault(field, "");

    public bool Is(string field, string value) => this[field] == value;

    /// <summary>Null where nothing stands.</summary>
    public string? Text(string field) => this[field] is { Length: > 0 } text ? text : null;

    public JsonNode? Number(string field) => Text(field) is not { } text ? null
        : decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number
        : text;

    /// <summary>What stands in its lines, or between commas; null where nothing does.</summary>
    public JsonArray? List(string field)
    {
        var entries = this[field].Split(['\n', '\r', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return entries.Length == 0 ? null : new JsonArray([.. entries.Select(entry => (JsonNode)entry)]);
    }

    /// <summary>The field has no zone: it is in UTC, as its label says.</summary>
    public string? Time(string field) => Text(field) is { } time ? time + "Z" : null;

    public static JsonObject WithoutNulls(JsonObject body) =>
        new(body.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value!.DeepClone())));

    protected void Set(string field, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            _values[field] = value;
    }

    protected void Set(string field, long? number) => Set(field, number?.ToString(CultureInfo.InvariantCulture));

    protected void Set(string field, decimal? number) => Set(field, number?.ToString("0.############################", CultureInfo.InvariantCulture));

    /// <summary>One a line.</summary>
    protected void Set(string field, IReadOnlyList<string>? entries) => Set(field, entries is null ? null : string.Join('\n', entries));

    protected void Set(string field, DateTimeOffset? time) =>
        Set(field, time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
}
