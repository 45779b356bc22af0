namespace Gateway.Billing.Webhooks;

internal sealed record WebhookOptions
{
    /// <summary>
    /// Hosts that webhooks may reach though their address is not of the Internet, and by http: separated by commas, each a name, or <c>*.</c> and the end of
    /// names.
    /// </summary>
    [ConfigurationKeyName("GATEWAY_WEBHOOK_HOSTS")]
    public string? Hosts { get; init; }

    /// <summary>Whether this host is one of them.</summary>
    public bool Trusts(string host) => Hosts?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(trusted =>
        trusted.StartsWith("*.", StringComparison.Ordinal)
            ? host.EndsWith(trusted[1..], StringComparison.OrdinalIgnoreCase)
            : string.Equals(host, trusted, StringComparison.OrdinalIgnoreCase)) is true;
}
