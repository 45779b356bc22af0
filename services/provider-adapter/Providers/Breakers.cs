using System.Collections.Concurrent;

namespace Gateway.ProviderAdapter.Providers;

/// <summary>
/// The breaker of a provider and those of its models. What fails for all (no connection, no credential, an error that names no model) counts
/// for the provider; what fails for a model (an error that names it, no first byte in time) for that one: the others go on.
/// </summary>
internal sealed class Breakers(BreakerOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, CircuitBreaker> _models = new(StringComparer.Ordinal);

    public CircuitBreaker Provider { get; } = new(options, time);

    /// <summary>False while either is open.</summary>
    public bool TryEnter(string model, out Entry entry, out TimeSpan retryAfter)
    {
        var ofModel = _models.GetOrAdd(model, static (_, breakers) => new CircuitBreaker(breakers.Options, breakers.Time), (Options: options, Time: time));
        entry = new Entry(Provider, ofModel, ProviderTrial: false, ModelTrial: false);
        if (!Provider.TryEnter(out var providerTrial, out retryAfter))
            return false;
        if (!ofModel.TryEnter(out var modelTrial, out retryAfter))
        {
            Provider.Abandoned(providerTrial);
            return false;
        }

        entry = entry with { ProviderTrial = providerTrial, ModelTrial = modelTrial };
        return true;
    }

    /// <summary>One call, until its outcome is known.</summary>
    public readonly record struct Entry(CircuitBreaker Provider, CircuitBreaker Model, bool ProviderTrial, bool ModelTrial)
    {
        /// <summary>Whether it is the model that is shut, where the call was not let through.</summary>
        public bool IsModelShut => Model.IsOpen && !Provider.IsOpen;

        /// <summary>True if that closed one of them.</summary>
        public bool Succeeded() => Provider.Succeeded() | Model.Succeeded();

        /// <summary>True if that opened the provider's.</summary>
        public bool ProviderFailed()
        {
            Model.Abandoned(ModelTrial);
            return Provider.Failed(ProviderTrial);
        }

        /// <summary>True if that opened the model's.</summary>
        /// <param name="answered">The provider did answer, and so is there.</param>
        public bool ModelFailed(bool answered)
        {
            if (answered)
                Provider.Succeeded();
            else
                Provider.Abandoned(ProviderTrial);
            return Model.Failed(ModelTrial);
        }

        public void Abandoned()
        {
            Provider.Abandoned(ProviderTrial);
            Model.Abandoned(ModelTrial);
        }
    }
}
