using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Dapr.AspNetCore;

internal sealed class CloudEventsMiddleware(RequestDelegate next, CloudEventsMiddlewareOptions options)
{
    private const string CloudEventContentType = "application/cloudevents+json";
    private const string Json = "application/json";

    private static readonly HashSet<string> NeverForwarded =
        new(StringComparer.OrdinalIgnoreCase) { "datacontenttype", "data", "data_base64", "pubsubname", "traceparent" };

    public Task InvokeAsync(HttpContext context) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.MediaType.Equals(CloudEventContentType, StringComparison.Ordinal)
            ? UnwrapAsync(context, type.Encoding ?? Encoding.UTF8)
            : next(context);

    private async Task UnwrapAsync(HttpContext context, Encoding encoding)
    {
        var request = context.Request;
        using var document = await ParseAsync(request.Body, encoding, context.RequestAborted);
        var cloudEvent = document.RootElement;
        var data = Property(cloudEvent, "data");
        var base64 = Property(cloudEvent, "data_base64");
        if (data is not null && base64 is not null)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var (body, contentType) = Payload(cloudEvent, data, base64);
        if (options.ForwardCloudEventPropertiesAsHeaders) ForwardProperties(cloudEvent, request.Headers);

        var (originalBody, originalContentType) = (request.Body, request.ContentType);
        try
        {
            request.Body = body;
            request.ContentType = contentType;
            await next(context);
        }
        finally
        {
            request.Body = originalBody;
            request.ContentType = originalContentType;
        }
    }

    private static async Task<JsonDocument> ParseAsync(Stream body, Encoding encoding, CancellationToken cancellationToken)
    {
        if (encoding.CodePage == Encoding.UTF8.CodePage) return await JsonDocument.ParseAsync(body, default, cancellationToken);
        await using var transcoded = Encoding.CreateTranscodingStream(body, encoding, Encoding.UTF8, leaveOpen: true);
        return await JsonDocument.ParseAsync(transcoded, default, cancellationToken);
    }

    private (MemoryStream Body, string? ContentType) Payload(JsonElement cloudEvent, JsonElement? data, JsonElement? base64)
    {
        if (base64 is { } binary) return (new MemoryStream(binary.GetBytesFromBase64()), DataContentType(cloudEvent).ContentType);
        if (data is not { } payload) return (new MemoryStream(), null);

        // A CloudEvent carries text as a JSON string; any other value is JSON whatever its declared type.
        var (contentType, isJson) = DataContentType(cloudEvent);
        if (payload.ValueKind == JsonValueKind.String && !isJson && !options.SuppressJsonDecodingOfTextPayloads)
            return (new MemoryStream(Encoding.UTF8.GetBytes(payload.GetString()!)), contentType);

        var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body)) payload.WriteTo(writer);
        body.Position = 0;
        return (body, contentType);
    }

    // The rewritten body is UTF-8, so a charset of the original type would lie.
    private static (string ContentType, bool IsJson) DataContentType(JsonElement cloudEvent)
    {
        if (Property(cloudEvent, "datacontenttype") is not { ValueKind: JsonValueKind.String } declared
            || !MediaTypeHeaderValue.TryParse(declared.GetString(), out var type))
        {
            return (Json, true);
        }

        var contentType = declared.GetString()!;
        if (type.Charset.HasValue)
        {
            type.Charset = default;
            contentType = type.ToString();
        }

        return (contentType, type.MediaType.Equals(Json, StringComparison.Ordinal) || type.Suffix.Equals("json", StringComparison.Ordinal));
    }

    private void ForwardProperties(JsonElement cloudEvent, IHeaderDictionary headers)
    {
        foreach (var property in cloudEvent.EnumerateObject())
        {
            if (NeverForwarded.Contains(property.Name) || Names(options.ExcludedCloudEventPropertiesFromHeaders, property.Name)) continue;
            if (options.IncludedCloudEventPropertiesAsHeaders is { } included && !Names(included, property.Name)) continue;
            headers[$"Cloudevent.{property.Name.ToLowerInvariant()}"] = property.Value.GetRawText().Trim('"');
        }
    }

    private static bool Names(string[]? list, string name) => list?.Contains(name, StringComparer.OrdinalIgnoreCase) == true;

    private static JsonElement? Property(JsonElement cloudEvent, string name)
    {
        foreach (var property in cloudEvent.EnumerateObject())
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return property.Value;
        return null;
    }
}
