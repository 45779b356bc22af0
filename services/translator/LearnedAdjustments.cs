using System.Collections.Concurrent;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>
/// What providers have refused, by provider and model, so that only the first request pays for finding out. For an hour: what a provider learns
/// to take, it is then given again.
/// </summary>
internal sealed class LearnedAdjustments(TimeProvider time)
{
    private const int MaxEntries = 1_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Provider, string Model), (Adjustments Adjustments, DateTimeOffset Until)> _known = new();

    public Adjustments For(ProviderCall call) =>
        _known.TryGetValue(Key(call), out var known) && known.Until > time.GetUtcNow() ? known.Adjustments : Adjustments.None;

    /// <summary>After a request that was refused and then went through with them. An entry that is known already does not live longer for it.</summary>
    public void Remember(ProviderCall call)
    {
        var lasting = call.Adjustments.Lasting;
        if (lasting.Equals(Adjustments.None) || (_known.Count >= MaxEntries && !_known.ContainsKey(Key(call))))
            return;
        _known[Key(call)] = (lasting, time.GetUtcNow() + Lifetime);
    }

    private static (string, string) Key(ProviderCall call) => (call.Provider.Name, call.UpstreamModel);
}
