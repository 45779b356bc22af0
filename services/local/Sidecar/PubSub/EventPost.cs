using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Calls an app with events, one or in the envelope for several, and reads what it says of each.</summary>
internal sealed class EventPost(AppChannel app)
{
    private const string BulkType = "com.dapr.event.sent.bulk";
    private static readonly JsonEncodedText ContentType = JsonEncodedText.Encode(CloudEventEnvelope.ContentType, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    /// <summary>The one of single deliveries. One that no route takes is done with.</summary>
    public async Task<DeliveryOutcome> PostAsync(Delivery row, TopicSubscription subscription, CancellationToken cancellation)
    {
        var body = subscription.RawPayload ? CloudEventEnvelope.WrapRaw(row.Body, row.PubSub, row.Topic) : row.Body;
        var path = Route(subscription, body);
        if (path.Length == 0)
            return DeliveryOutcome.Success;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (row.Metadata != "{}")
        {
            foreach (var (name, value) in JsonSerializer.Deserialize(row.Metadata, SidecarJson.Default.IReadOnlyDictionaryStringString)!)
                headers[HeaderName(name)] = value;
        }

        headers["Pubsubname"] = row.PubSub;
        headers["Traceparent"] = row.Traceparent;
        var (answer, failed) = await CallAsync(path, body, CloudEventEnvelope.ContentType, headers, cancellation);
        return answer is null ? failed : StatusIn(answer);
    }

    /// <summary>What became of each, in their order; a call for each route that takes some of them.</summary>
    public async Task<DeliveryOutcome[]> PostAsync(List<Delivery> rows, TopicSubscription subscription, CancellationToken cancellation)
    {
        var outcomes = new DeliveryOutcome[rows.Count];
        foreach (var route in Enumerable.Range(0, rows.Count).GroupBy(i => Route(subscription, rows[i].Body)).Where(r => r.Key.Length > 0))
        {
            List<Delivery> some = [.. route.Select(i => rows[i])];
            using var envelope = new PooledBuffer(256 + some.Sum(row => row.Body.Length + 256));
            WriteEnvelope(envelope, some, subscription);
            var headers = new KeyValuePair<string, string>[] { new("Pubsubname", subscription.PubSub), new("Traceparent", TraceContext.None) };
            var (answer, failed) = await CallAsync(
                route.Key, envelope.Written, "application/json", headers, cancellation);
            var said = answer is null ? [.. some.Select(_ => failed)] : StatusesIn(answer, some);
            foreach (var (i, outcome) in route.Zip(said))
                outcomes[i] = outcome;
        }

        return outcomes;
    }

    /// <summary>The answer of a success, or what the failure means for all of them.</summary>
    private async Task<(byte[]? Answer, DeliveryOutcome Failed)> CallAsync(
        string path, ReadOnlyMemory<byte> body, string contentType, IEnumerable<KeyValuePair<string, string>> headers, CancellationToken cancellation)
    {
        try
        {
            var answer = await app.CallAsync(HttpMethod.Post, path, body, contentType, headers, cancellation);
            return answer.IsSuccess ? (answer.Body, default) : (null, answer.Status == 404 ? DeliveryOutcome.NoHandler : DeliveryOutcome.Retry);
        }
        catch (HttpRequestException) when (!cancellation.IsCancellationRequested)
        {
            // Not there, or broken off without an answer: perhaps not taken.
            return (null, DeliveryOutcome.Retry);
        }
    }

    private static DeliveryOutcome StatusIn(byte[] answer)
    {
        // What nearly every subscriber says.
        if (answer.Length == 0 || answer.AsSpan().SequenceEqual("{\"status\":\"SUCCESS\"}"u8))
            return DeliveryOutcome.Success;
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object ? StatusOf(json.RootElement) : DeliveryOutcome.Success;
        }
        catch (JsonException)
        {
            // What is no JSON says nothing against the event.
            return DeliveryOutcome.Success;
        }
    }

    /// <summary>No statuses at all are no complaint; an entry that is missing among others has not been taken.</summary>
    private static DeliveryOutcome[] StatusesIn(byte[] answer, List<Delivery> rows)
    {
        var outcomes = new DeliveryOutcome[rows.Count];
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("statuses", out var statuses)
                || statuses.ValueKind != JsonValueKind.Array || statuses.GetArrayLength() == 0)
                return outcomes;
            Array.Fill(outcomes, DeliveryOutcome.Retry);
            var next = 0;
            foreach (var status in statuses.EnumerateArray().Where(s => s.ValueKind == JsonValueKind.Object))
            {
                if (!status.TryGetProperty("entryId", out var entry) || entry.ValueKind != JsonValueKind.String
                    || !long.TryParse(entry.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                    continue;
                // Most answer in the order they were asked in.
                var at = next < rows.Count && rows[next].Id == id ? next : rows.FindIndex(row => row.Id == id);
                if (at < 0)
                    continue;
                outcomes[at] = StatusOf(status);
                next = at + 1;
            }
        }
        catch (JsonException)
        {
            Array.Fill(outcomes, DeliveryOutcome.Success);
        }

        return outcomes;
    }

    private static DeliveryOutcome StatusOf(JsonElement answer) =>
        !answer.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.String ? DeliveryOutcome.Success : status.GetString() switch
        {
            "" or "SUCCESS" => DeliveryOutcome.Success,
            "DROP" => DeliveryOutcome.Drop,
            _ => DeliveryOutcome.Retry,
        };

    internal static void WriteEnvelope(PooledBuffer output, List<Delivery> rows, TopicSubscription subscription)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteStartArray("entries"u8);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("entryId"u8, EntryId(row));
            json.WritePropertyName("event"u8);
            json.WriteRawValue(row.Body, skipInputValidation: true);
            json.WritePropertyName("metadata"u8);
            json.WriteRawValue(row.Metadata, skipInputValidation: true);
            json.WriteString("contentType"u8, ContentType);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("id"u8, Guid.NewGuid());
        json.WriteString("pubsubname"u8, subscription.PubSub);
        json.WriteString("topic"u8, subscription.Topic);
        json.WriteString("type"u8, BulkType);
        json.WriteEndObject();
    }

    private static string EntryId(Delivery row) => row.Id.ToString(CultureInfo.InvariantCulture);

    private static string Route(TopicSubscription subscription, ReadOnlyMemory<byte> body)
    {
        if (subscription.Rules.Count == 0)
            return subscription.DefaultPath;
        try
        {
            using var json = JsonDocument.Parse(body);
            return subscription.Rules.FirstOrDefault(r => r.Takes(json.RootElement))?.Path ?? subscription.DefaultPath;
        }
        catch (JsonException)
        {
            return subscription.DefaultPath;
        }
    }

    // As Go writes a header's name: "rawPayload" -> "Rawpayload", "ttlInSeconds" -> "Ttlinseconds".
    private static string HeaderName(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..].ToLowerInvariant();
}
