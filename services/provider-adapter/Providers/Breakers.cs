using Gateway.Hosting;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// The breaker of a provider and those of its models. What fails for all (no connection, no credential, an error that names no model) counts
/// for the provider; what fails for a model (an error that names it, no first byte in time) for that one: the others go on.
/// </summary>
internal sealed class Breakers(BreakerOptions options, TimeProvider time)
{
    /// <summary>A breaker that has not seen a failure for so long is closed.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Only models that have failed have one.</summary>
    private readonly ExpiringMap<string, CircuitBreaker> _models = new(time);

    public CircuitBreaker Provider { get; } = new(options, time);

    /// <summary>Those of models.</summary>
    public IEnumerable<KeyValuePair<string, CircuitBreaker>> Models => _models.All();

    /// <summary>False while either is open.</summary>
    public bool TryEnter(string model, out Entry entry, out TimeSpan retryAfter)
    {
        var ofModel = !_models.IsEmpty && _models.TryGet(model, out var known) ? known : null;
        entry = new Entry(this, model, ofModel, ProviderTrial: false, ModelTrial: false);
        if (!Provider.TryEnter(out var providerTrial, out retryAfter))
            return false;
        var modelTrial = false;
        if (ofModel?.TryEnter(out modelTrial, out retryAfter) == false)
        {
            Provider.Abandoned(providerTrial);
            return false;
        }

        entry = entry with { ProviderTrial = providerTrial, ModelTrial = modelTrial };
        return true;
    }

    private CircuitBreaker BreakerOf(string model) => _models.Extend(model, () => new CircuitBreaker(options, time), Lifetime);

    /// <summary>One call, until its outcome is known.</summary>
    public readonly record struct Entry(Breakers Breakers, string Name, CircuitBreaker? Model, bool ProviderTrial, bool ModelTrial)
    {
        /// <summary>Whether it is the model that is shut, where the call was not let through.</summary>
        public bool IsModelShut => Model is { IsOpen: true } && !Breakers.Provider.IsOpen;

        /// <summary>True if that closed one of them.</summary>
        public bool Succeeded() => Breakers.Provider.Succeeded() | Model?.Succeeded() == true;

        /// <summary>True if that opened the provider's.</summary>
        public bool ProviderFailed()
        {
            Model?.Abandoned(ModelTrial);
            return Breakers.Provider.Failed(ProviderTrial);
        }

        /// <summary>True if that opened the model's.</summary>
        /// <param name="answered">The provider did answer, and so is there.</param>
        public bool ModelFailed(bool answered)
        {
            if (answered)
                Breakers.Provider.Succeeded();
            else
                Breakers.Provider.Abandoned(ProviderTrial);
            return Breakers.BreakerOf(Name).Failed(ModelTrial);
        }

        public void Abandoned()
        {
            Breakers.Provider.Abandoned(ProviderTrial);
            Model?.Abandoned(ModelTrial);
        }
    }
}
