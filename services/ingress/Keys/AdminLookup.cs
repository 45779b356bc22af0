using Gateway.Contracts.Accounts;
using Gateway.Hosting;

namespace Gateway.Ingress.Keys;

/// <summary>
/// Who makes an admin call: the one place that says so. An admin key's record is used for two seconds, so a revoked one is refused as soon. Requests of
/// clients never come here.
/// </summary>
internal sealed class AdminLookup(KeyLookup keys, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private readonly ExpiringMap<KeyDigest, AdminRecord?> _read = new(time);

    /// <summary>Null when the request carries no admin key that may be used.</summary>
    public async ValueTask<AdminCaller?> FindAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (await keys.IsAdminAsync(request, cancellationToken))
            return AdminCaller.Owner;
        var caller = CallerKey.Of(request);
        return await FindAsync(caller.ApiKey, cancellationToken) ?? await FindAsync(caller.Bearer, cancellationToken);
    }

    private async ValueTask<AdminCaller?> FindAsync(string? key, CancellationToken cancellationToken)
    {
        var ours = key?.StartsWith(AdminRecord.KeyPrefix, StringComparison.Ordinal) is true;
        if (key is null || (!ours && !keys.Users.IsCompanyToken(key)))
            return null;
        var digest = KeyDigest.Of(key);
        if (!_read.TryGet(digest, out var record))
        {
            record = ours
                ? await OfKeyAsync(key, cancellationToken)
                : await KeyLookup.AskAsync(limited => keys.Users.AdminOfAsync(key, limited), cancellationToken);
            _read.Set(digest, record, Lifetime);
        }

        return record?.IsUsable(time.GetUtcNow()) is true ? record.ToCaller() : null;
    }

    private async ValueTask<AdminRecord?> OfKeyAsync(string key, CancellationToken cancellationToken)
    {
        var name = KeyStoreKeys.OfAdmin(await keys.HashAsync(key, cancellationToken));
        var record = await keys.ReadAsync<AdminRecord?>(name, cancellationToken);
        return record?.UserId is null ? record : await KeyLookup.AskAsync(limited => keys.Users.AsNowAsync(record, limited), cancellationToken);
    }
}
