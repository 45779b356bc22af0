using Dapr.Actors.Runtime;

namespace Gateway.Tests.Billing;

/// <summary>
/// An actor's state without an actor, for structures that are too large to build through a sidecar in a test's time. Without a time to
/// live, and without the exceptions.
/// </summary>
internal sealed class MemoryState : IActorStateManager
{
    private readonly Dictionary<string, object?> _values = [];

    public IReadOnlyDictionary<string, object?> Values => _values;

    public List<string> Read { get; } = [];

    /// <summary>What an actor's own would hold in its cache.</summary>
    public HashSet<string> Held { get; } = [];

    /// <summary>All that is stored of a type.</summary>
    public IEnumerable<T> All<T>() => _values.Values.OfType<T>();

    public Task<ConditionalValue<T>> TryGetStateAsync<T>(string stateName, CancellationToken cancellationToken = default)
    {
        Read.Add(stateName);
        if (_values.ContainsKey(stateName))
            Held.Add(stateName);
        return Task.FromResult(
            _values.TryGetValue(stateName, out var value) ? new ConditionalValue<T>(true, (T)value!) : new ConditionalValue<T>(false, default!));
    }

    public Task SetStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default)
    {
        _values[stateName] = value;
        Held.Add(stateName);
        return Task.CompletedTask;
    }

    public Task AddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task AddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> GetStateAsync<T>(string stateName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SetStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task RemoveStateAsync(string stateName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default)
    {
        Held.Add(stateName);
        return Task.FromResult(_values.TryAdd(stateName, value));
    }

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<bool> TryRemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        Held.Remove(stateName);
        return Task.FromResult(_values.Remove(stateName));
    }

    public Task<bool> ContainsStateAsync(string stateName, CancellationToken cancellationToken = default) =>
        Task.FromResult(_values.ContainsKey(stateName));

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default)
    {
        Held.Add(stateName);
        _values.TryAdd(stateName, value);
        return Task.FromResult((T)_values[stateName]!);
    }

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<T> AddOrUpdateStateAsync<T>(
        string stateName, T addValue, Func<string, T, T> updateValueFactory, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<T> AddOrUpdateStateAsync<T>(
        string stateName, T addValue, Func<string, T, T> updateValueFactory, TimeSpan ttl, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task UnloadStateAsync(string stateName, UnloadStateOptions? options = null, CancellationToken cancellationToken = default)
    {
        Held.Remove(stateName);
        return Task.CompletedTask;
    }

    public Task ClearCacheAsync(CancellationToken cancellationToken = default)
    {
        Held.Clear();
        return Task.CompletedTask;
    }

    public Task SaveStateAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
