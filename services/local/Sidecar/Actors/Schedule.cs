using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>When a reminder or timer is due, as registered.</summary>
/// <param name="Period">Null: once.</param>
/// <param name="Repeats">How often in all; null: without end.</param>
/// <param name="Data">JSON text, or null.</param>
internal sealed record Schedule(
    DateTimeOffset Due, TimeSpan? Period, int? Repeats, DateTimeOffset? Expires, string DueText, string PeriodText, string? Data, string Callback)
{
    /// <exception cref="FormatException">One of the times is not understood.</exception>
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public static Schedule Parse(byte[] body, DateTimeOffset now)
    {
        using var json = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);
        var root = json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement : throw new JsonException("not a JSON object");
        var dueText = Text(root, "dueTime");
        var periodText = Text(root, "period");
        TimeSpan? period = null;
        int? repeats = 1;
        if (periodText.Length > 0)
        {
            if (!GoDuration.TryParsePeriod(periodText, out var value, out repeats))
                throw new FormatException($"unsupported period format: {periodText}");
            period = value > TimeSpan.Zero ? value : null;
            repeats = period is null ? repeats ?? 1 : repeats;
        }

        var due = Moment(dueText, now, "dueTime");
        var ttl = Text(root, "ttl");
        return new Schedule(
            due, period, repeats, ttl.Length == 0 ? null : Moment(ttl, due, "ttl"), dueText, periodText,
            root.TryGetProperty("data", out var data) && data.ValueKind != JsonValueKind.Null ? data.GetRawText() : null,
            Text(root, "callback"));
    }

    /// <summary>The period as Dapr's scheduler gives it back.</summary>
    public string PeriodForReading => Period is { } period ? "@every " + GoDuration.Format(period) : "";

    public static byte[] Body(string? data, string? callback, string dueTime, string period)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (data is not null)
            {
                json.WritePropertyName("data");
                json.WriteRawValue(Encoding.UTF8.GetBytes(data), skipInputValidation: true);
            }

            if (callback is not null)
                json.WriteString("callback", callback);
            json.WriteString("dueTime", dueTime);
            json.WriteString("period", period);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static DateTimeOffset Moment(string text, DateTimeOffset from, string field)
    {
        if (text.Length == 0)
            return from;
        if (GoDuration.TryParse(text, out var after))
            return from + after;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new FormatException($"unsupported time/duration format \"{text}\" of {field}");
    }
}
