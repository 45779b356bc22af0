namespace Gateway.Local.Sidecar.State;

/// <summary>One key's change.</summary>
/// <param name="Value">The JSON text to store; ignored for a deletion.</param>
/// <param name="ETag">The version the caller saw; null or empty: whatever is there.</param>
/// <param name="FirstWrite">Without an etag: only if the key does not exist yet.</param>
internal sealed record StateWrite(
    string Key, ReadOnlyMemory<byte> Value, string? ETag = null, bool FirstWrite = false, long? TtlSeconds = null, bool IsDelete = false);
