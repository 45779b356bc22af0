namespace Gateway.Providers.Requests;

/// <summary>A cache mark; <paramref name="Ttl"/> is <c>5m</c> (also when absent) or <c>1h</c>.</summary>
public sealed record CacheControl(string Ttl);
