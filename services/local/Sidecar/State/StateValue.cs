namespace Gateway.Local.Sidecar.State;

internal sealed record StateValue(string Key, byte[] Value, string ETag, DateTimeOffset? Expires);
