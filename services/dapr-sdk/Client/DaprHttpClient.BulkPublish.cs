using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    private static readonly string BulkPublishFailure = Failure("Bulk Publish");
    private static readonly JsonEncodedText CloudEventEntry = JsonEncodedText.Encode(CloudEventContentType, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
    private static readonly JsonEncodedText JsonEntry = JsonEncodedText.Encode(JsonContentType);
    private static readonly MediaTypeHeaderValue JsonMediaType = new(JsonContentType);

    public override Task<BulkPublishResponse<TValue>> BulkPublishEventAsync<TValue>(string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        CheckNames(pubsubName, topicName);
        Argument.ThrowIfNull(events, nameof(events));
        return BulkPublishAsync(pubsubName, topicName, events, metadata, cancellationToken);
    }

    private async Task<BulkPublishResponse<TValue>> BulkPublishAsync<TValue>(string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        // Not given back where the call fails: somebody may still read it.
        var body = new PooledBuffer();
        WriteEntries(body, events);
        var path = WithQuery($"/v1.0/publish/bulk/{Uri.EscapeDataString(pubsubName)}/{TopicPath(topicName)}", metadata);
        var content = new ReadOnlyMemoryContent(body.Written) { Headers = { ContentType = JsonMediaType } };
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content }, BulkPublishFailure, cancellationToken, (int)HttpStatusCode.InternalServerError);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var failed = ReadFailed(answer, events);
        if (!response.IsSuccessStatusCode && failed.Count == 0)
            throw Refused(BulkPublishFailure, response.StatusCode, Encoding.UTF8.GetString(answer));
        body.Dispose();
        return new BulkPublishResponse<TValue>(failed);
    }

    /// <summary>Ids are numbers from 0 on, as with the official client.</summary>
    private void WriteEntries<TValue>(PooledBuffer output, IReadOnlyList<TValue> events)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JsonSerializerOptions.Encoder, SkipValidation = true });
        Span<byte> id = stackalloc byte[16];
        json.WriteStartArray();
        for (var i = 0; i < events.Count; i++)
        {
            Utf8Formatter.TryFormat(i, id, out var length);
            json.WriteStartObject();
            json.WriteString("entryId"u8, id[..length]);
            json.WritePropertyName("event"u8);
            JsonSerializer.Serialize(json, events[i], JsonSerializerOptions);
            json.WriteString("contentType"u8, events[i] is CloudEvent ? CloudEventEntry : JsonEntry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static List<BulkPublishResponseFailedEntry<TValue>> ReadFailed<TValue>(byte[] answer, IReadOnlyList<TValue> events)
    {
        var failed = new List<BulkPublishResponseFailedEntry<TValue>>();
        if (answer.Length == 0) return failed;
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("failedEntries", out var entries) || entries.ValueKind != JsonValueKind.Array) return failed;
            foreach (var entry in entries.EnumerateArray())
            {
                var id = entry.GetProperty("entryId").GetString()!;
                var data = events[int.Parse(id, NumberStyles.None, CultureInfo.InvariantCulture)];
                failed.Add(new(new BulkPublishEntry<TValue>(id, data, ContentTypeOf(data), new Dictionary<string, string>()), entry.TryGetProperty("error", out var error) ? error.GetString()! : ""));
            }
        }
        catch (JsonException)
        {
            // No answer of the API, but of something before it.
        }

        return failed;
    }

    private static string ContentTypeOf<TValue>(TValue data) => data is CloudEvent ? CloudEventContentType : JsonContentType;
}
