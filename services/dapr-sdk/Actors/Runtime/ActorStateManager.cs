using System.Globalization;
using System.Text.Json;
using Dapr.Actors.Wire;

namespace Dapr.Actors.Runtime;

internal sealed class ActorStateManager(ActorHost host) : IActorStateManager
{
    private enum Change { None, Add, Update, Remove }

    private sealed class Entry
    {
        public required Type Type { get; set; }
        public object? Value { get; set; }
        public Change Change { get; set; }
        public DateTimeOffset? Expires { get; set; }

        public bool IsExpired => Expires <= TimeProvider.System.GetUtcNow();
        public bool IsGone => Change == Change.Remove || IsExpired;
    }

    private readonly Dictionary<string, Entry> _cache = [];
    private readonly List<KeyValuePair<string, Entry>> _changed = [];

    private string ActorType => host.ActorTypeInfo.ActorTypeName;

    public Task AddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) =>
        AddAsync(stateName, value, null, cancellationToken);

    public Task AddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        AddAsync(stateName, value, ttl, cancellationToken);

    public async Task<T> GetStateAsync<T>(string stateName, CancellationToken cancellationToken = default) =>
        await TryGetStateAsync<T>(stateName, cancellationToken) is { HasValue: true } found ? found.Value : throw NotFound(stateName);

    public Task SetStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) =>
        SetAsync(stateName, value, null, cancellationToken);

    public Task SetStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        SetAsync(stateName, value, ttl, cancellationToken);

    public async Task RemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        if (!await TryRemoveStateAsync(stateName, cancellationToken)) throw NotFound(stateName);
    }

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) =>
        TryAddAsync(stateName, value, null, cancellationToken);

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        TryAddAsync(stateName, value, ttl, cancellationToken);

    public async Task<ConditionalValue<T>> TryGetStateAsync<T>(string stateName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        if (_cache.TryGetValue(stateName, out var entry)) return entry.IsGone ? default : new ConditionalValue<T>(true, (T)entry.Value!);

        if (await host.Sidecar.GetStateAsync(ActorType, host.Id.GetId(), stateName, cancellationToken) is not { } stored) return default;
        var value = JsonSerializer.Deserialize<T>(stored.Json, host.JsonSerializerOptions)!;
        _cache[stateName] = new Entry { Type = typeof(T), Value = value, Expires = stored.Expires };
        return new ConditionalValue<T>(true, value);
    }

    public async Task<bool> TryRemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        if (_cache.TryGetValue(stateName, out var entry))
        {
            if (entry.IsExpired || entry.Change == Change.Add) _cache.Remove(stateName);
            if (entry.IsGone) return false;
            entry.Change = Change.Remove;
            return true;
        }

        if (!await IsStoredAsync(stateName, cancellationToken)) return false;
        _cache[stateName] = new Entry { Type = typeof(object), Change = Change.Remove };
        return true;
    }

    public async Task<bool> ContainsStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        return _cache.TryGetValue(stateName, out var entry) ? !entry.IsGone : await IsStoredAsync(stateName, cancellationToken);
    }

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) =>
        GetOrAddAsync(stateName, value, null, cancellationToken);

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        GetOrAddAsync(stateName, value, ttl, cancellationToken);

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, CancellationToken cancellationToken = default) =>
        AddOrUpdateAsync(stateName, addValue, updateValueFactory, null, cancellationToken);

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        AddOrUpdateAsync(stateName, addValue, updateValueFactory, ttl, cancellationToken);

    public Task ClearCacheAsync(CancellationToken cancellationToken = default)
    {
        _cache.Clear();
        return Task.CompletedTask;
    }

    public Task UnloadStateAsync(string stateName, UnloadStateOptions options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        if (!_cache.TryGetValue(stateName, out var entry)) return Task.CompletedTask;
        if (entry.Change != Change.None && options?.AllowUnloadingWhenStateModified != true)
            throw new InvalidOperationException($"The actor state '{stateName}' has changes that are not saved.");
        _cache.Remove(stateName);
        return Task.CompletedTask;
    }

    public async Task SaveStateAsync(CancellationToken cancellationToken = default)
    {
        _changed.Clear();
        foreach (var entry in _cache)
            if (entry.Value.Change != Change.None) _changed.Add(entry);
        if (_changed.Count == 0) return;

        await host.Sidecar.SaveStateAsync(ActorType, host.Id.GetId(), Transaction(), cancellationToken);
        foreach (var (name, entry) in _changed)
        {
            if (entry.Change == Change.Remove) _cache.Remove(name);
            else entry.Change = Change.None;
        }

        _changed.Clear();
    }

    private async Task AddAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        if (!await TryAddAsync(name, value, ttl, cancellationToken))
            throw new InvalidOperationException($"The actor state name '{name}' already exist.");
    }

    private async Task<bool> TryAddAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_cache.TryGetValue(name, out var entry))
        {
            if (!entry.IsGone) return false;
            Put(name, value, Change.Update, ttl);
            return true;
        }

        if (await IsStoredAsync(name, cancellationToken)) return false;
        Put(name, value, Change.Add, ttl);
        return true;
    }

    private async Task SetAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_cache.TryGetValue(name, out var entry)) Put(name, value, entry.Change == Change.Add ? Change.Add : Change.Update, ttl);
        else Put(name, value, await IsStoredAsync(name, cancellationToken) ? Change.Update : Change.Add, ttl);
    }

    private async Task<T> GetOrAddAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        if (await TryGetStateAsync<T>(name, cancellationToken) is { HasValue: true } found) return found.Value;
        Put(name, value, _cache.ContainsKey(name) ? Change.Update : Change.Add, ttl);
        return value;
    }

    private async Task<T> AddOrUpdateAsync<T>(string name, T addValue, Func<string, T, T> update, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        var found = await TryGetStateAsync<T>(name, cancellationToken);
        var change = _cache.TryGetValue(name, out var entry) && entry.Change != Change.Add ? Change.Update : Change.Add;
        var value = found.HasValue ? update(name, found.Value) : addValue;
        Put(name, value, change, ttl);
        return value;
    }

    private void Put<T>(string name, T value, Change change, TimeSpan? ttl)
    {
        if (!_cache.TryGetValue(name, out var entry)) _cache.Add(name, entry = new Entry { Type = typeof(T) });
        entry.Type = typeof(T);
        entry.Value = value;
        entry.Change = change;
        entry.Expires = ttl is { } span ? TimeProvider.System.GetUtcNow() + span : null;
    }

    private async Task<bool> IsStoredAsync(string name, CancellationToken cancellationToken) =>
        await host.Sidecar.GetStateAsync(ActorType, host.Id.GetId(), name, cancellationToken) is not null;

    private JsonBuffer Transaction()
    {
        var buffer = new JsonBuffer();
        try
        {
            Write(buffer);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private void Write(JsonBuffer buffer)
    {
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartArray();
        foreach (var (name, entry) in _changed)
        {
            writer.WriteStartObject();
            writer.WriteString("operation"u8, entry.Change == Change.Remove ? "delete"u8 : "upsert"u8);
            writer.WriteStartObject("request"u8);
            writer.WriteString("key"u8, name);
            if (entry.Change != Change.Remove) WriteValue(writer, entry);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteValue(Utf8JsonWriter writer, Entry entry)
    {
        writer.WritePropertyName("value"u8);
        JsonSerializer.Serialize(writer, entry.Value, entry.Type, host.JsonSerializerOptions);
        if (entry.Expires is not { } expires) return;

        var seconds = (int)Math.Ceiling((expires - TimeProvider.System.GetUtcNow()).TotalSeconds);
        writer.WriteStartObject("metadata");
        writer.WriteString("ttlInSeconds", seconds.ToString(CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static KeyNotFoundException NotFound(string name) => new($"Actor State with name {name} was not found.");
}
