using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    private static readonly string StateFailure = Failure("State");

    public override async Task<TValue> GetStateAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = default, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        (await GetStateAndETagAsync<TValue>(storeName, key, consistencyMode, metadata, cancellationToken)).value;

    public override async Task<(TValue value, string etag)> GetStateAndETagAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var path = WithQuery(StatePath(storeName, key), metadata, ("consistency", Wire(consistencyMode)));
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), StateFailure, cancellationToken);

        // The sidecar's etags carry no quotes, so the typed header would refuse them.
        var etag = response.Headers.NonValidated.TryGetValues("ETag", out var values) ? values.ToString() : string.Empty;
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (bytes.Length == 0) return (default!, etag);
        try
        {
            return (JsonSerializer.Deserialize<TValue>(bytes, JsonSerializerOptions)!, etag);
        }
        catch (JsonException cause)
        {
            throw new DaprException("State operation failed: the state payload could not be deserialized. See InnerException for details.", cause);
        }
    }

    public override async Task SaveStateAsync<TValue>(string storeName, string key, TValue value, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        await SaveAsync(storeName, key, value, null, stateOptions, metadata, cancellationToken);

    public override async Task<bool> TrySaveStateAsync<TValue>(string storeName, string key, TValue value, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        CheckNamesOfState(storeName, key);
        Argument.ThrowIfNull(etag, nameof(etag));
        return await SaveAsync(storeName, key, value, etag, stateOptions, metadata, cancellationToken);
    }

    public override async Task DeleteStateAsync(string storeName, string key, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        await DeleteAsync(storeName, key, null, stateOptions, metadata, cancellationToken);

    public override async Task<bool> TryDeleteStateAsync(string storeName, string key, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        CheckNamesOfState(storeName, key);
        Argument.ThrowIfNull(etag, nameof(etag));
        return await DeleteAsync(storeName, key, etag, stateOptions, metadata, cancellationToken);
    }

    public override async Task ExecuteStateTransactionAsync(string storeName, IReadOnlyList<StateTransactionRequest> operations, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        Argument.ThrowIfNullOrEmpty(storeName, nameof(storeName));
        Argument.ThrowIfNull(operations, nameof(operations));
        if (operations.Count == 0) throw new ArgumentException($"{nameof(operations)} does not contain any elements");

        var body = Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("operations");
            foreach (var operation in operations)
            {
                writer.WriteStartObject();
                writer.WriteString("operation", operation.OperationType == StateOperationType.Delete ? "delete" : "upsert");
                writer.WritePropertyName("request");
                WriteItem(writer, operation.Key, operation.ETag, operation.Options, operation.Metadata, operation.Value is not { Length: > 0 } value ? null : w =>
                    // Raw bytes by contract: if they are no JSON, the sidecar says so.
                    w.WriteRawValue(value, skipInputValidation: true));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            WriteMetadata(writer, metadata);
            writer.WriteEndObject();
        });
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1.0/state/{Uri.EscapeDataString(storeName)}/transaction") { Content = body };
        using var _ = await SendAsync(request, StateFailure, cancellationToken);
    }

    private async Task<bool> SaveAsync<TValue>(string storeName, string key, TValue value, string? etag, StateOptions? options, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        CheckNamesOfState(storeName, key);
        var body = Json(writer =>
        {
            writer.WriteStartArray();
            WriteItem(writer, key, etag, options, metadata, w => JsonSerializer.Serialize(w, value, JsonSerializerOptions));
            writer.WriteEndArray();
        });
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1.0/state/{Uri.EscapeDataString(storeName)}") { Content = body };
        return await ChangeAsync(request, etag, cancellationToken);
    }

    private async Task<bool> DeleteAsync(string storeName, string key, string? etag, StateOptions? options, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var path = WithQuery(StatePath(storeName, key), metadata, ("concurrency", Wire(options?.Concurrency)), ("consistency", Wire(options?.Consistency)));
        var request = new HttpRequestMessage(HttpMethod.Delete, path);
        if (!string.IsNullOrEmpty(etag)) request.Headers.TryAddWithoutValidation("If-Match", etag);
        return await ChangeAsync(request, etag, cancellationToken);
    }

    // 409 is the etag that no longer matches; without an etag it is a failure like any other.
    private async Task<bool> ChangeAsync(HttpRequestMessage request, string? etag, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, StateFailure, cancellationToken, etag is null ? 0 : (int)HttpStatusCode.Conflict);
        return response.IsSuccessStatusCode;
    }

    private static string StatePath(string storeName, string key)
    {
        CheckNamesOfState(storeName, key);
        return $"/v1.0/state/{Uri.EscapeDataString(storeName)}/{Uri.EscapeDataString(key)}";
    }

    private static void CheckNamesOfState(string storeName, string key)
    {
        Argument.ThrowIfNullOrEmpty(storeName, nameof(storeName));
        Argument.ThrowIfNullOrEmpty(key, nameof(key));
    }

    private static void WriteItem(Utf8JsonWriter writer, string key, string? etag, StateOptions? options, IReadOnlyDictionary<string, string>? metadata, Action<Utf8JsonWriter>? writeValue)
    {
        writer.WriteStartObject();
        writer.WriteString("key", key);
        if (writeValue is not null)
        {
            writer.WritePropertyName("value");
            writeValue(writer);
        }

        if (etag is not null) writer.WriteString("etag", etag);
        WriteMetadata(writer, metadata);
        if (options is not null)
        {
            writer.WriteStartObject("options");
            if (Wire(options.Concurrency) is { } concurrency) writer.WriteString("concurrency", concurrency);
            if (Wire(options.Consistency) is { } consistency) writer.WriteString("consistency", consistency);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null) return;
        writer.WriteStartObject("metadata");
        foreach (var (name, value) in metadata) writer.WriteString(name, value);
        writer.WriteEndObject();
    }

    private static ReadOnlyMemoryContent Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        return new ReadOnlyMemoryContent(buffer.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue(JsonContentType) } };
    }

    private static string? Wire(ConsistencyMode? mode) => mode switch
    {
        ConsistencyMode.Eventual => "eventual",
        ConsistencyMode.Strong => "strong",
        _ => null,
    };

    private static string? Wire(ConcurrencyMode? mode) => mode switch
    {
        ConcurrencyMode.FirstWrite => "first-write",
        ConcurrencyMode.LastWrite => "last-write",
        _ => null,
    };
}
