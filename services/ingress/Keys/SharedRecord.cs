using Dapr.Client;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Keys;

/// <summary>
/// A record of the key store that is one for all keys, read whenever a key's is: so no request looks for it. Kept for half a second, as a group's is
/// (<see cref="GroupLookup"/>).
/// </summary>
/// <param name="dapr">The store's client.</param>
/// <param name="time">The clock.</param>
/// <param name="name">What it is stored under.</param>
/// <param name="version">Tells one state of it from another: as long as it stays, all keys hold the same object.</param>
internal sealed class SharedRecord<T>(DaprClient dapr, TimeProvider time, string name, Func<T, long> version)
    where T : class, new()
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(500);

    private volatile Known? _known;

    public async ValueTask<T> ReadAsync(CancellationToken cancellationToken)
    {
        var known = _known;
        if (known is not null && time.GetElapsedTime(known.Read) < Lifetime)
            return known.Value;
        var read = time.GetTimestamp();
        var value = await dapr.GetStateAsync<T?>(ComponentNames.KeyStore, name, cancellationToken: cancellationToken) ?? new T();
        if (known is not null && version(known.Value) == version(value))
            value = known.Value;
        _known = new Known(value, read);
        return value;
    }

    private sealed record Known(T Value, long Read);
}
