using System.Text.Json;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Calls an app with events, one or in the envelope for several, and reads what it says of each.</summary>
internal sealed class EventPost(AppChannel app)
{
    private const string BulkType = "com.dapr.event.sent.bulk";
    private static readonly JsonEncodedText ContentType = JsonEncodedText.Encode(
        CloudEventEnvelope.ContentType, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    /// <summary>What became of each, in their order. One whose time is over is done with.</summary>
    /// <param name="now">Unix milliseconds.</param>
    public async Task<DeliveryOutcome[]> PostAsync(List<Message> messages, TopicSubscription subscription, long now, CancellationToken cancellation)
    {
        var outcomes = new DeliveryOutcome[messages.Count];
        if (subscription.MaxBulk is not null && subscription.Rules.Count == 0 && !messages.Exists(m => m.Row.Expires <= now))
        {
            if (subscription.DefaultPath.Length > 0)
                await PostManyAsync(subscription.DefaultPath, messages, subscription, outcomes, cancellation);
            return outcomes;
        }

        var wanted = messages.Select((message, index) => (Message: message, Index: index)).Where(m => !(m.Message.Row.Expires <= now)).ToList();
        if (subscription.MaxBulk is null)
        {
            foreach (var (message, index) in wanted)
                outcomes[index] = await PostOneAsync(message, subscription, cancellation);
            return outcomes;
        }

        foreach (var route in wanted.GroupBy(m => Route(subscription, m.Message.Body)))
        {
            // No route takes them, and no other is the default: done with.
            if (route.Key.Length == 0)
                continue;
            var said = new DeliveryOutcome[route.Count()];
            await PostManyAsync(route.Key, [.. route.Select(r => r.Message)], subscription, said, cancellation);
            foreach (var ((_, index), outcome) in route.Zip(said))
                outcomes[index] = outcome;
        }

        return outcomes;
    }

    private async Task<DeliveryOutcome> PostOneAsync(Message message, TopicSubscription subscription, CancellationToken cancellation)
    {
        var row = message.Row;
        var body = subscription.RawPayload ? CloudEventEnvelope.WrapRaw(message.Body.Span, row.PubSub, row.Topic) : message.Body;
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

    private static DeliveryOutcome StatusIn(byte[] answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("status", out var said)
                ? BulkStatuses.Judge(said.ValueKind == JsonValueKind.String ? said.GetString() : null)
                : DeliveryOutcome.Success;
        }
        catch (JsonException)
        {
            // An empty body, or one that is no JSON, says nothing against the event.
            return DeliveryOutcome.Success;
        }
    }

    private async Task PostManyAsync(
        string path, List<Message> messages, TopicSubscription subscription, DeliveryOutcome[] outcomes, CancellationToken cancellation)
    {
        // Not given back where the call is broken off: somebody may still read it.
        var envelope = new PooledBuffer(messages.Sum(m => m.Body.Length + 128) + 512);
        WriteEnvelope(envelope, messages, subscription);
        var headers = new KeyValuePair<string, string>[] { new("Pubsubname", subscription.PubSub), new("Traceparent", TraceContext.None) };
        var (answer, failed) = await CallAsync(path, envelope.Written, "application/json", headers, cancellation);
        if (answer is null)
        {
            Array.Fill(outcomes, failed);
            return;
        }

        envelope.Dispose();
        BulkStatuses.Read(answer, messages, outcomes);
    }

    private static void WriteEnvelope(PooledBuffer output, List<Message> messages, TopicSubscription subscription)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        Span<byte> id = stackalloc byte[Message.MaxIdBytes];
        json.WriteStartObject();
        json.WriteStartArray("entries"u8);
        foreach (var message in messages)
        {
            json.WriteStartObject();
            json.WriteString("entryId"u8, message.WriteId(id));
            json.WritePropertyName("event"u8);
            json.WriteRawValue(message.Body.Span, skipInputValidation: true);
            json.WritePropertyName("metadata"u8);
            json.WriteRawValue(message.Row.Metadata, skipInputValidation: true);
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
