using System.Text.Json.Serialization;
using Gateway.Contracts.Names;

namespace Gateway.Contracts.Catalog;

/// <summary>Where a provider is, what it speaks, and how long it is waited for.</summary>
public sealed record ProviderEntry
{
    /// <summary>A <see cref="Proxy"/> that is none.</summary>
    public const string NoProxy = "none";

    /// <summary>The wire format: <c>anthropic</c>, <c>openai-chat</c>, …; <c>demo</c> answers without any provider.</summary>
    public required string Dialect { get; init; }
    public string? BaseUrl { get; init; }

    /// <summary>Name of the credential in the secret store; none means no credentials are sent.</summary>
    public string? Secret { get; init; }

    /// <summary>Several credentials, which share the calls; one that is refused or limited gives way to the next.</summary>
    public IReadOnlyList<string>? Secrets { get; init; }

    /// <summary>How much of the calls a credential of <see cref="Secrets"/> takes against the others, by its name; 1 where nothing is said.</summary>
    public IReadOnlyDictionary<string, int>? SecretWeights { get; init; }

    /// <summary>App id of the provider-adapter that serves this provider, where it has one of its own.</summary>
    public string App { get; set; } = AppIds.ProviderAdapter;

    /// <summary>The HTTP proxy that calls go through; <c>none</c> for none. By default as the environment says.</summary>
    public string? Proxy { get; init; }

    /// <summary>A file in PEM with a certificate and its key, by which the provider knows this gateway.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>
    /// Where a provider in a cloud is (<see cref="CloudAddress"/>): <c>us-east-1</c>, <c>europe-west1</c>; Google's are <c>global</c> by default.
    /// </summary>
    public string? Region { get; init; }

    /// <summary>Google's project id.</summary>
    public string? Project { get; init; }

    /// <summary>Azure's resource: the first part of its host name.</summary>
    public string? Resource { get; init; }

    /// <summary>The workspace of Anthropic's platform in Amazon's or Google's cloud.</summary>
    public string? Workspace { get; init; }

    /// <summary>Values of <c>anthropic-beta</c> that a cloud takes besides those known of it; <c>!name</c> takes one away.</summary>
    public IReadOnlyList<string>? Betas { get; init; }

    /// <summary>What the price of tokens is multiplied by here: 1.1 for a region that costs ten per cent more. A route's own comes first.</summary>
    public decimal? PriceFactor { get; init; }

    /// <summary>Headers added to every call.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Named deviations from the dialect, on top of those of the provider's own descriptor; <c>!name</c> switches one off.</summary>
    public IReadOnlyList<string> Quirks { get; set; } = [];

    /// <summary>The built-in descriptor whose quirks apply; by default the one of the provider's own name.</summary>
    public string? Descriptor { get; init; }

    public ProviderTimeouts Timeouts { get; set; } = new();

    /// <summary>Calls at the same time, of all adapters together; more are refused at once as overload.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>All credentials by name, in order.</summary>
    [JsonIgnore] public IReadOnlyList<string> SecretNames => Secrets ?? (Secret is null ? [] : [Secret]);
}
