namespace Gateway.Providers.Dialects;

/// <summary>A wire format: where its calls go, how they are authenticated, and how it is translated.</summary>
public interface IDialect
{
    /// <summary>As the catalog spells it.</summary>
    string Name { get; }

    /// <summary>How credentials travel, unless the provider's descriptor says otherwise.</summary>
    CredentialHeader Credentials { get; }

    /// <summary>
    /// Path and query for an operation (a member of <c>Operations</c>), starting with a slash, to be appended to the provider's base URL
    /// (itself without its trailing slash). Null where the format has no such operation.
    /// </summary>
    string? Path(string operation, string upstreamModel, bool stream);

    /// <summary>Null for Anthropic's own format, which needs none.</summary>
    ITranslation? Translation { get; }
}
