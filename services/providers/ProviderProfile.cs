using Gateway.Contracts.Names;
using Gateway.Providers.Clouds;
using Gateway.Providers.Dialects;

namespace Gateway.Providers;

/// <summary>A provider as the catalog and its descriptor together describe it.</summary>
/// <param name="Name">Its name in the catalog.</param>
/// <param name="BaseUrl">Without a trailing slash; null for a provider that is not reached over HTTP.</param>
public sealed record ProviderProfile(string Name, IDialect Dialect, QuirkSet Quirks, CredentialHeader Credentials, string? BaseUrl)
{
    /// <summary>A cloud's own way to Claude; null for the others.</summary>
    public Door? Door { get; init; }

    /// <summary>The cloud that knows who asks; null for a provider that takes a key, or nothing.</summary>
    public CloudLogin? Login { get; init; }

    /// <summary>Whether it passes on requests to models as they are, so that what is known of a family of models holds here, too.</summary>
    public bool PassesFamiliesOn { get; init; }

    /// <summary>Quirks that the catalog says it has not, whatever is known of it or its models.</summary>
    public QuirkSet SwitchedOff { get; init; }

    /// <summary>The other of OpenAI's two APIs, which a provider that has one of them may have, too; null for other formats.</summary>
    public string? Sibling => Dialect.Name switch
    {
        DialectNames.OpenAiChat => DialectNames.OpenAiResponses,
        DialectNames.OpenAiResponses => DialectNames.OpenAiChat,
        _ => null,
    };

    /// <summary>The same provider over another of its APIs; itself for null and for one that it can't have.</summary>
    public ProviderProfile Over(string? dialect) =>
        dialect is not null && dialect == Sibling ? this with { Dialect = KnownDialects.Find(dialect)! } : this;

    /// <summary>Path and query of an operation, to be appended to the base URL; null where the provider has none such.</summary>
    public string? Path(string operation, string upstreamModel, bool stream) =>
        Door is not null ? Door.Path(operation, upstreamModel, stream)
        : operation == Operations.CountTokens && Dialect.Translation?.CounterOf(Quirks)?.Path is { } counter
            ? counter
            : Dialect.Path(operation, upstreamModel, stream);
}
