using Gateway.Hosting;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>
/// What providers have refused, by provider and model, so that only the first request pays for finding out. For an hour: what a provider learns
/// to take, it is then given again.
/// </summary>
internal sealed class LearnedAdjustments(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ExpiringMap<(string Provider, string Model), Adjustments> _known = new(time);

    public Adjustments For(ProviderCall call) =>
        _known.TryGet(Key(call), out var known) ? known : Adjustments.None;

    /// <summary>After a request that was refused and then went through with them. An entry that is known already does not live longer for it.</summary>
    public void Remember(ProviderCall call)
    {
        var lasting = call.Adjustments.Lasting;
        if (lasting.Equals(Adjustments.None))
            return;
        var left = _known.LeftOf(Key(call));
        _known.Set(Key(call), lasting, left > TimeSpan.Zero ? left : Lifetime);
    }

    private static (string, string) Key(ProviderCall call) => (call.Provider.Name, call.UpstreamModel);
}
