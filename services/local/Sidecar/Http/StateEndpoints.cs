using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Local.Sidecar.State;

namespace Gateway.Local.Sidecar.Http;

/// <summary><c>/v1.0/state/{store}</c>.</summary>
internal sealed class StateEndpoints(AppChannel app, SidecarOptions options, StateApi state)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Task? Route(HttpContext context, ApiPath path)
    {
        var method = context.Request.Method;
        var isWrite = HttpMethods.IsPost(method) || HttpMethods.IsPut(method);
        return path.Count switch
        {
            3 when isWrite => SaveAsync(context, path[2]),
            4 when path.Is(3, "bulk") && isWrite => GetManyAsync(context, path[2]),
            4 when path.Is(3, "transaction") && isWrite => TransactAsync(context, path[2]),
            4 when HttpMethods.IsGet(method) => GetAsync(context, path[2], path[3]),
            4 when HttpMethods.IsDelete(method) => DeleteAsync(context, path[2], path[3]),
            _ => null,
        };
    }

    private Task GetAsync(HttpContext context, string store, string key)
    {
        if (state.Get(app.AppId, store, key) is not { } found)
            return Answer.NoContent(context);
        // Not quoted, unlike an HTTP entity tag.
        context.Response.Headers.ETag = found.ETag;
        if (found.Expires is { } expires)
            context.Response.Headers["Metadata.ttlexpiretime"] = expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return Answer.JsonAsync(context, found.Value);
    }

    private async Task GetManyAsync(HttpContext context, string store)
    {
        using var json = await ReadAsync(context, JsonValueKind.Object);
        if (!json.RootElement.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
            throw SidecarFault.Malformed("\"keys\" is a required field");
        var keys = list.EnumerateArray()
            .Select(k => k.ValueKind == JsonValueKind.String ? k.GetString()! : throw SidecarFault.Malformed("json: a key must be a string"))
            .ToList();
        var found = state.GetMany(app.AppId, store, keys);
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body, Relaxed))
        {
            writer.WriteStartArray();
            for (var i = 0; i < keys.Count; i++)
                Write(writer, keys[i], found[i]);
            writer.WriteEndArray();
        }

        await Answer.JsonAsync(context, body.WrittenMemory);
    }

    private static void Write(Utf8JsonWriter writer, string key, StateValue? value)
    {
        writer.WriteStartObject();
        writer.WriteString("key", key);
        if (value is not null)
        {
            writer.WritePropertyName("data");
            // A value saved over gRPC may be empty: that is how the official client writes null.
            if (value.Value.Length == 0)
                writer.WriteNullValue();
            else
                writer.WriteRawValue(value.Value, skipInputValidation: true);
            writer.WriteString("etag", value.ETag);
        }

        writer.WriteEndObject();
    }

    private async Task SaveAsync(HttpContext context, string store)
    {
        using var json = await ReadAsync(context, JsonValueKind.Array);
        var writes = json.RootElement.EnumerateArray().Select(item => ReadItem(item, isDelete: false, store, "ERR_STATE_SAVE")).ToList();
        await state.SaveAsync(app.AppId, store, writes);
        await Answer.NoContent(context);
    }

    private async Task DeleteAsync(HttpContext context, string store, string key)
    {
        await state.DeleteAsync(
            app.AppId, store,
            new StateWrite(key, default, context.Request.Headers.IfMatch, context.Request.Query["concurrency"] == "first-write", IsDelete: true));
        await Answer.NoContent(context);
    }

    private async Task TransactAsync(HttpContext context, string store)
    {
        using var json = await ReadAsync(context, JsonValueKind.Object);
        var writes = new List<StateWrite>();
        if (json.RootElement.TryGetProperty("operations", out var operations) && operations.ValueKind == JsonValueKind.Array)
        {
            foreach (var operation in operations.EnumerateArray())
            {
                var kind = operation.ValueKind == JsonValueKind.Object && operation.TryGetProperty("operation", out var name) ? name.ToString() : "";
                if (kind is not ("upsert" or "delete"))
                    throw new SidecarFault(400, "ERR_NOT_SUPPORTED_STATE_OPERATION", $"operation type {kind} not supported");
                var request = operation.TryGetProperty("request", out var item) ? item : throw SidecarFault.Malformed("\"request\" is a required field");
                writes.Add(ReadItem(request, kind == "delete", store, "ERR_STATE_TRANSACTION"));
            }
        }

        await state.TransactAsync(app.AppId, store, writes);
        await Answer.NoContent(context);
    }

    private static StateWrite ReadItem(JsonElement item, bool isDelete, string store, string errorCode)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw SidecarFault.Malformed($"json: cannot unmarshal {item.ValueKind.ToString().ToLowerInvariant()} into Go value of type state.SetRequest");
        if (Text(item, "key") is not { Length: > 0 } key)
            throw SidecarFault.Malformed("\"key\" is a required field");
        var value = item.TryGetProperty("value", out var given) ? JsonMarshal.GetRawUtf8Value(given).ToArray() : "null"u8.ToArray();
        var firstWrite = item.TryGetProperty("options", out var options)
            && options.ValueKind == JsonValueKind.Object && Text(options, "concurrency") == "first-write";
        var text = item.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object ? Text(metadata, "ttlInSeconds") : null;
        var ttl = StateApi.TimeToLive(text, store, errorCode);
        return new StateWrite(key, value, Text(item, "etag"), firstWrite, ttl, isDelete);
    }

    private async Task<JsonDocument> ReadAsync(HttpContext context, JsonValueKind expected)
    {
        var body = await Answer.ReadBodyAsync(context, options.MaxBodyBytes, () => SidecarFault.Malformed("stream too large"));
        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(body);
        }
        catch (JsonException error)
        {
            throw SidecarFault.Malformed(error.Message);
        }

        if (json.RootElement.ValueKind == expected)
            return json;
        var kind = json.RootElement.ValueKind.ToString().ToLowerInvariant();
        json.Dispose();
        throw SidecarFault.Malformed(
            $"json: cannot unmarshal {kind} into Go value of type {(expected == JsonValueKind.Array ? "[]state.SetRequest" : "http.Request")}");
    }

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
