using System.Runtime.InteropServices;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Requests;

/// <summary>
/// How many bytes of request bodies are held at a time, in all and for one key. A body is held until its answer has ended, so that without a bound
/// a few dozen clients could fill the memory. Small bodies are not counted: connections bound them.
/// </summary>
internal sealed class BodyBudget(IngressOptions options)
{
    private const int SmallBytes = 64 * 1024;

    /// <summary>A body whose length nobody says is counted in steps of so much.</summary>
    private const long Step = 1024 * 1024;
    private const int RetrySeconds = 1;

    private readonly Lock _sync = new();
    private readonly Dictionary<string, long> _ofKeys = new(StringComparer.Ordinal);
    private long _all;

    /// <summary>A body's part, from its announced length on; null: it is small.</summary>
    /// <exception cref="GatewayException">There is no room for it now.</exception>
    public Share? Open(string keyId, long? announced)
    {
        if (announced <= SmallBytes)
            return null;
        var share = new Share(this, keyId);
        share.Hold(announced ?? 0);
        return share;
    }

    private void Take(string keyId, long bytes)
    {
        lock (_sync)
        {
            ref var ofKey = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofKeys, keyId, out _);
            if (ofKey + bytes > options.KeyBodyBytes)
                throw Refused(ErrorKind.RateLimited, $"This API key's requests hold {ofKey / Step} MiB of bodies of {options.KeyBodyBytes / Step} already.");
            if (_all + bytes > options.BodyBytes)
                throw Refused(ErrorKind.Overloaded, "The gateway holds as many large requests as it has room for.");
            ofKey += bytes;
            _all += bytes;
        }
    }

    private void GiveBack(string keyId, long bytes)
    {
        lock (_sync)
        {
            _all -= bytes;
            if ((_ofKeys[keyId] -= bytes) == 0)
                _ofKeys.Remove(keyId);
        }
    }

    private static GatewayException Refused(ErrorKind kind, string message) =>
        new(kind, message + " Try again when some of them have ended.") { RetryAfterSeconds = RetrySeconds };

    internal sealed class Share(BodyBudget budget, string keyId) : IDisposable
    {
        private long _held;

        /// <exception cref="GatewayException">There is no room for so much.</exception>
        public void Hold(long bytes)
        {
            if (bytes <= _held)
                return;
            var more = ((bytes - _held + Step - 1) / Step) * Step;
            budget.Take(keyId, more);
            _held += more;
        }

        /// <summary>To be called as the body grows.</summary>
        public Action Growing(PooledBuffer body) => () => Hold(body.WrittenCount);

        public void Dispose()
        {
            if (_held > 0)
                budget.GiveBack(keyId, _held);
            _held = 0;
        }
    }
}
