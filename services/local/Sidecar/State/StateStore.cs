using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.State;

/// <summary>One state store as one app sees it: its keys carry the prefix, its answers do not.</summary>
internal sealed class StateStore(string name, string prefix, Database database, TimeProvider time)
{
    public string Name { get; } = name;

    public StateValue? Get(string key) => database.Read(session => Read(session, key));

    public IReadOnlyList<StateValue?> GetMany(IReadOnlyList<string> keys) =>
        database.Read(session => keys.Select(key => Read(session, key)).ToList());

    /// <summary>Writes what can be written; true when every item was, false when an etag did not fit. Dapr's plain save is not atomic either.</summary>
    public Task<bool> SaveAsync(IReadOnlyList<StateWrite> writes) => database.WriteAsync(session =>
    {
        var all = true;
        foreach (var write in writes)
            all &= TryApply(session, write);
        return all;
    });

    /// <summary>All or nothing; false when an etag did not fit and nothing was written.</summary>
    public async Task<bool> TransactAsync(IReadOnlyList<StateWrite> writes)
    {
        try
        {
            return await database.WriteAsync(session => TryApplyAll(session, writes) ? true : throw new ETagMismatchException());
        }
        catch (ETagMismatchException)
        {
            return false;
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    private StateValue? Read(Session session, string key)
    {
        var rows = session.Query(
            "SELECT value, etag, expires FROM state WHERE store = $1 AND key = $2 AND (expires IS NULL OR expires > $3)",
            row => new StateValue(
                key, row.GetFieldValue<byte[]>(0), row.GetString(1), row.IsDBNull(2) ? null : DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(2))),
            Name, prefix + key, Now);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>A UUID as Dapr's is, from a generator that is not for secrets: it is made for every write.</summary>
    private static string NewETag()
    {
        Span<byte> random = stackalloc byte[16];
#pragma warning disable CA5394 // No secret.
        Random.Shared.NextBytes(random);
#pragma warning restore CA5394
        return new Guid(random).ToString();
    }

    private bool TryApplyAll(Session session, IReadOnlyList<StateWrite> writes)
    {
        for (var i = 0; i < writes.Count; i++)
        {
            if (!TryApply(session, writes[i]))
                return false;
        }

        return true;
    }

    private bool TryApply(Session session, StateWrite write)
    {
        var key = prefix + write.Key;
        var hasETag = !string.IsNullOrEmpty(write.ETag);
        if (hasETag || (write.FirstWrite && !write.IsDelete))
        {
            var current = Read(session, write.Key)?.ETag;
            if (hasETag ? current != write.ETag : current is not null)
                return false;
        }

        if (write.IsDelete)
        {
            session.Execute("DELETE FROM state WHERE store = $1 AND key = $2", Name, key);
            return true;
        }

        session.Execute(
            "INSERT INTO state (store, key, value, etag, expires) VALUES ($1, $2, $3, $4, $5) "
            + "ON CONFLICT (store, key) DO UPDATE SET value = excluded.value, etag = excluded.etag, expires = excluded.expires",
            Name, key, write.Value, NewETag(), write.TtlSeconds is { } ttl and > 0 ? Now + ttl : null);
        return true;
    }

    private sealed class ETagMismatchException : Exception;
}
