using Gateway.Hosting;
using Gateway.Providers.Dialects;

namespace Gateway.Translator;

/// <summary>
/// Which models begin their texts openly, by provider and model: without reasoning that has lost its opening tag (rule E86). Until one has
/// shown it, its text is held back to its end, since it may turn out to be reasoning; from then on it is streamed. One that shows the opposite
/// is held back again, and all are asked anew after a day. Given up (2026-11-29): the first answer of each model behind such a provider does not stream.
/// </summary>
internal sealed class LearnedTexts(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private readonly ExpiringMap<(string Provider, string Model), bool> _open = new(time);

    public bool Holds(ProviderCall call) => !_open.TryGet(Key(call), out _);

    /// <summary>After an answer.</summary>
    public void Learn(ProviderCall call)
    {
        if (call.TextBeginsOpenly == false)
            _open.Remove(Key(call));
        else if (call.TextBeginsOpenly == true && Holds(call))
            _open.Set(Key(call), true, Lifetime);
    }

    private static (string, string) Key(ProviderCall call) => (call.Provider.Name, call.UpstreamModel);
}
