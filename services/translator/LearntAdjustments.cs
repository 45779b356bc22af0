using System.Collections.Concurrent;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>What providers have refused, by provider and model, so that only the first request pays for finding out.</summary>
internal sealed class LearntAdjustments
{
    private const int Most = 1_000;

    private readonly ConcurrentDictionary<(string Provider, string Model), Adjustments> _known = new();

    public Adjustments Of(Call call) => _known.GetValueOrDefault(Key(call), Adjustments.None);

    /// <summary>After a request that went through with them. A limit of tokens was that request's and is not kept.</summary>
    public void Keep(Call call)
    {
        if (call.Adjustments.Without.Count > 0 && _known.Count < Most)
            _known[Key(call)] = call.Adjustments with { MaxTokens = null };
    }

    private static (string, string) Key(Call call) => (call.Provider.Name, call.UpstreamModel);
}
