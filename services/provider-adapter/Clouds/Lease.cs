namespace Gateway.ProviderAdapter.Clouds;

/// <summary>Something that a cloud gave for a while.</summary>
/// <param name="Value">A token, or keys to sign with.</param>
/// <param name="Expires">When the cloud takes it no more.</param>
internal sealed record Lease<T>(T Value, DateTimeOffset Expires);
