using System.Buffers;
using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Calls an app with events, one or in the envelope for several, and reads what it says of each.</summary>
internal sealed class EventPost(AppChannel app)
{
    private const string BulkType = "com.dapr.event.sent.bulk";

    /// <summary>What became of each, in their order.</summary>
    public async Task<DeliveryOutcome[]> PostAsync(List<Delivery> deliveries, TopicSubscription subscription, CancellationToken cancellation)
    {
        if (subscription.MaxBulk is null)
            return [await PostOneAsync(deliveries[0], subscription, cancellation)];
        var outcomes = new DeliveryOutcome[deliveries.Count];
        foreach (var route in deliveries.Select((delivery, index) => (Delivery: delivery, Index: index)).GroupBy(d => Route(subscription, d.Delivery.Body)))
        {
            // No route takes them, and no other is the default: done with.
            if (route.Key.Length == 0)
                continue;
            var said = await PostManyAsync(route.Key, [.. route.Select(r => r.Delivery)], subscription, cancellation);
            foreach (var ((_, index), outcome) in route.Zip(said))
                outcomes[index] = outcome;
        }

        return outcomes;
    }

    private async Task<DeliveryOutcome> PostOneAsync(Delivery delivery, TopicSubscription subscription, CancellationToken cancellation)
    {
        var body = subscription.RawPayload ? CloudEventEnvelope.WrapRaw(delivery.Body, delivery.PubSub, delivery.Topic) : delivery.Body;
        var path = Route(subscription, body);
        if (path.Length == 0)
            return DeliveryOutcome.Success;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in JsonSerializer.Deserialize(delivery.Metadata, SidecarJson.Default.IReadOnlyDictionaryStringString)!)
            headers[HeaderName(name)] = value;
        headers["Pubsubname"] = delivery.PubSub;
        headers["Traceparent"] = delivery.Traceparent;
        var (answer, failed) = await CallAsync(path, body, CloudEventEnvelope.ContentType, headers, cancellation);
        return answer is null ? failed : StatusIn(answer);
    }

    private static DeliveryOutcome StatusIn(byte[] answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("status", out var said) ? Judge(said) : DeliveryOutcome.Success;
        }
        catch (JsonException)
        {
            // An empty body, or one that is no JSON, says nothing against the event.
            return DeliveryOutcome.Success;
        }
    }

    private async Task<DeliveryOutcome[]> PostManyAsync(string path, IReadOnlyList<Delivery> deliveries, TopicSubscription subscription, CancellationToken cancellation)
    {
        var envelope = new ArrayBufferWriter<byte>(deliveries.Sum(d => d.Body.Length) + (256 * deliveries.Count) + 512);
        WriteEnvelope(envelope, deliveries, subscription);
        var headers = new KeyValuePair<string, string>[] { new("Pubsubname", subscription.PubSub), new("Traceparent", TraceContext.None) };
        var (answer, failed) = await CallAsync(path, envelope.WrittenMemory, "application/json", headers, cancellation);
        var outcomes = new DeliveryOutcome[deliveries.Count];
        Array.Fill(outcomes, answer is null ? failed : DeliveryOutcome.Success);
        if (answer is not null)
            ReadStatuses(answer, deliveries, outcomes);
        return outcomes;
    }

    private static void WriteEnvelope(IBufferWriter<byte> output, IReadOnlyList<Delivery> deliveries, TopicSubscription subscription)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteStartArray("entries"u8);
        foreach (var delivery in deliveries)
        {
            json.WriteStartObject();
            json.WriteString("entryId"u8, EntryId(delivery));
            json.WritePropertyName("event"u8);
            json.WriteRawValue(delivery.Body, skipInputValidation: true);
            json.WritePropertyName("metadata"u8);
            json.WriteRawValue(delivery.Metadata, skipInputValidation: true);
            json.WriteString("contentType"u8, CloudEventEnvelope.ContentType);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("id"u8, Guid.NewGuid());
        json.WriteString("pubsubname"u8, subscription.PubSub);
        json.WriteString("topic"u8, subscription.Topic);
        json.WriteString("type"u8, BulkType);
        json.WriteEndObject();
    }

    /// <summary>No statuses at all are no complaint; an entry that is missing among others has not been taken.</summary>
    private static void ReadStatuses(byte[] answer, IReadOnlyList<Delivery> deliveries, DeliveryOutcome[] outcomes)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("statuses", out var statuses) || statuses.ValueKind != JsonValueKind.Array || statuses.GetArrayLength() == 0)
                return;
            var said = new Dictionary<string, DeliveryOutcome>(deliveries.Count, StringComparer.Ordinal);
            foreach (var status in statuses.EnumerateArray())
            {
                if (status.ValueKind == JsonValueKind.Object && status.TryGetProperty("entryId", out var id) && id.ValueKind == JsonValueKind.String)
                    said[id.GetString()!] = status.TryGetProperty("status", out var text) ? Judge(text) : DeliveryOutcome.Success;
            }

            for (var i = 0; i < deliveries.Count; i++)
                outcomes[i] = said.GetValueOrDefault(EntryId(deliveries[i]), DeliveryOutcome.Retry);
        }
        catch (JsonException)
        {
            // As for one event: what is no JSON says nothing against them.
        }
    }

    private static string EntryId(Delivery delivery) => delivery.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The answer of a success, or what the failure means for all of them.</summary>
    private async Task<(byte[]? Answer, DeliveryOutcome Failed)> CallAsync(
        string path, ReadOnlyMemory<byte> body, string contentType, IEnumerable<KeyValuePair<string, string>> headers, CancellationToken cancellation)
    {
        try
        {
            var answer = await app.CallAsync(HttpMethod.Post, path, body, contentType, headers, cancellation);
            return answer.Status switch
            {
                404 => (null, DeliveryOutcome.NoHandler),
                >= 200 and < 300 => (answer.Body, default),
                _ => (null, DeliveryOutcome.Retry),
            };
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return (null, DeliveryOutcome.Away);
        }
        catch (HttpRequestException)
        {
            // Broken off without an answer: perhaps not taken.
            return (null, DeliveryOutcome.Retry);
        }
    }

    private static DeliveryOutcome Judge(JsonElement status) => status.ValueKind != JsonValueKind.String ? DeliveryOutcome.Success : status.GetString() switch
    {
        "" or "SUCCESS" => DeliveryOutcome.Success,
        "DROP" => DeliveryOutcome.Drop,
        _ => DeliveryOutcome.Retry,
    };

    private static string Route(TopicSubscription subscription, byte[] body)
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
