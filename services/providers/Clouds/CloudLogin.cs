using Gateway.Providers.Dialects;

namespace Gateway.Providers.Clouds;

/// <summary>Whose library gets the credentials.</summary>
public enum Cloud
{
    Amazon,
    Google,
    Microsoft,
}

/// <summary>How a provider in a cloud knows who asks.</summary>
/// <param name="Audience">What the credential is for: Amazon's service to sign for, the scope of Google's or Microsoft's tokens.</param>
/// <param name="Key">Where an API key goes, for those that take one.</param>
public sealed record CloudLogin(Cloud Cloud, string Audience, CredentialHeader Key)
{
    public static CloudLogin Google { get; } = new(Cloud.Google, "https://www.googleapis.com/auth/cloud-platform", CredentialHeader.Bearer);

    /// <summary>Of the services in Azure's AI resources: https://learn.microsoft.com/azure/ai-foundry/concepts/rbac-foundry</summary>
    public static CloudLogin Azure(CredentialHeader key) => new(Cloud.Microsoft, "https://ai.azure.com/.default", key);

    public static CloudLogin Amazon(string service, CredentialHeader key) => new(Cloud.Amazon, service, key);
}
