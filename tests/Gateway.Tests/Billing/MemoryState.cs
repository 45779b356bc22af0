using Dapr.Actors.Runtime;

namespace Gateway.Tests.Billing;

/// <summary>An actor's state without an actor, for structures that are too large to build through a sidecar in a test's time. Get and set only.</summary>
internal sealed class MemoryState : IActorStateManager
{
    private readonly Dictionary<string, object?> _values = [];

    public List<string> Read { get; } = [];

    public Task<ConditionalValue<T>> TryGetStateAsync<T>(string stateName, CancellationToken cancellationToken = default)
    {
        Read.Add(stateName);
        return Task.FromResult(_values.TryGetValue(stateName, out var value) ? new ConditionalValue<T>(true, (T)value!) : new ConditionalValue<T>(false, default!));
    }

    public Task SetStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default)
    {
        _values[stateName] = value;
        return Task.CompletedTask;
    }

    public Task AddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task AddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> GetStateAsync<T>(string stateName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SetStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task RemoveStateAsync(string stateName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryRemoveStateAsync(string stateName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> ContainsStateAsync(string stateName, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, TimeSpan ttl, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task UnloadStateAsync(string stateName, UnloadStateOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task ClearCacheAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SaveStateAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
