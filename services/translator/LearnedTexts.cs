using System.Collections.Concurrent;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>
/// Which models begin their texts openly, by provider and model: without reasoning that has lost its opening tag (rule E86). Until one has
/// shown it, its text is held back to its end, since it may turn out to be reasoning; from then on it is streamed. One that shows the opposite
/// is held back again. Given up (2026-11-29): the first answer of each model behind such a provider does not stream.
/// </summary>
internal sealed class LearnedTexts
{
    private const int MaxEntries = 1_000;

    private readonly ConcurrentDictionary<(string Provider, string Model), bool> _open = new();

    public bool Holds(ProviderCall call) => !_open.ContainsKey(Key(call));

    /// <summary>After an answer.</summary>
    public void Learn(ProviderCall call)
    {
        if (call.TextBeginsOpenly == false)
            _open.TryRemove(Key(call), out _);
        else if (call.TextBeginsOpenly == true && _open.Count < MaxEntries)
            _open.TryAdd(Key(call), true);
    }

    private static (string, string) Key(ProviderCall call) => (call.Provider.Name, call.UpstreamModel);
}
