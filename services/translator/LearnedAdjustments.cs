using System.Collections.Concurrent;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>What providers have refused, by provider and model, so that only the first request pays for finding out.</summary>
internal sealed class LearnedAdjustments
{
    private const int MaxEntries = 1_000;

    private readonly ConcurrentDictionary<(string Provider, string Model), Adjustments> _known = new();

    public Adjustments For(ProviderCall call) => _known.GetValueOrDefault(Key(call), Adjustments.None);

    /// <summary>After a request that went through with them. A limit of tokens was that request's and is not kept.</summary>
    public void Remember(ProviderCall call)
    {
        if (call.Adjustments.Without.Count > 0 && _known.Count < MaxEntries)
            _known[Key(call)] = call.Adjustments with { MaxTokens = null };
    }

    private static (string, string) Key(ProviderCall call) => (call.Provider.Name, call.UpstreamModel);
}
