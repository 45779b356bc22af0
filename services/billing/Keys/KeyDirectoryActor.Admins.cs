using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>Admin keys, and what is in an admin's scope. State keys: <c>admin:{id}</c> entries, the list <c>admins</c>.</summary>
internal sealed partial class KeyDirectoryActor
{
    private const string AdminPrefix = "admin_";

    private PagedList AdminKeys => new(StateManager, "admins");

    public async Task<AdminResult> CreateAdminAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindMadeAsync(nameof(CreateAdminAsync), command.IdempotencyKey) is { } before)
        {
            if (ConflictOf(before, command.Body) is { } conflict)
                return new() { Conflict = conflict };
            var secrets = await SecretsAsync(before, command.IdempotencyKey!);
            return new() { Admin = (await FindAdminAsync(before.Ids[0]))!.Record, Secret = secrets[0], Replayed = true };
        }

        var settings = SettingsReader.Read<AdminKeySettings>(command.Body ?? "{}", null, out var errors);
        if (settings is not null)
            await CheckAsync(settings, errors);
        if (errors.Count > 0)
            return new() { Errors = errors };

        var hasher = await HasherAsync();
        var secret = GatewayKeys.NewAdminKey();
        var record = new AdminRecord
        {
            Id = GatewayKeys.NewId(AdminPrefix),
            Name = settings!.Name!,
            Role = settings.Role!.Value,
            Scope = settings.Scope,
            Prefix = GatewayKeys.ShownPart(secret),
            CreatedAt = Now,
            ExpiresAt = settings.ExpiresAt,
        };
        var entry = new AdminEntry { Record = record, Hash = hasher.Hash(secret), Number = await AdminKeys.AppendAsync(record.Id) };
        await RememberMadeAsync(nameof(CreateAdminAsync), command.IdempotencyKey, command.Body, [record.Id], [secret]);
        await ChangeAsync(entry, null, "created", command.By);
        return new() { Admin = record, Secret = secret };
    }

    public async Task<AdminResult> GetAdminAsync(KeyCommand command) => new() { Admin = (await FindAdminAsync(command.Id!))?.Record };

    public async Task<AdminPage> ListAdminsAsync(ListQuery query)
    {
        long after = 0;
        if (query.After is { } last)
        {
            if (await FindAdminAsync(last) is not { } entry)
                return new() { UnknownAfter = true };
            after = entry.Number;
        }

        var ids = await AdminKeys.ReadAsync(after, Math.Clamp(query.Limit, 1, MaxPage));
        var admins = new List<AdminRecord>();
        foreach (var id in ids)
            admins.Add((await FindAdminAsync(id))!.Record);
        return new() { Admins = admins, Next = after + ids.Count < await AdminKeys.CountAsync() ? ids[^1] : null };
    }

    public async Task<AdminResult> RotateAdminAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAdminAsync(command.Id!) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is not null)
            return new() { Conflict = "The admin key has been revoked." };

        var secret = GatewayKeys.NewAdminKey();
        var until = Now.AddSeconds(command.OverlapSeconds);
        var values = entry.Earlier.Append(new KeyHash { Hash = entry.Hash, Prefix = entry.Record.Prefix, ValidUntil = until }).ToList();
        var earlier = values.Where(h => command.OverlapSeconds > 0 && h.ValidUntil > Now).Select(h => h.ValidUntil < until ? h : h with { ValidUntil = until });
        var before = entry.Record;
        entry = entry with
        {
            Record = before with { Prefix = GatewayKeys.ShownPart(secret) },
            Hash = (await HasherAsync()).Hash(secret),
            Earlier = [.. earlier],
        };
        await ChangeAsync(entry, before, "rotated", command.By, [.. values.Select(h => h.Hash).Except(entry.Earlier.Select(h => h.Hash))]);
        return new() { Admin = entry.Record, Secret = secret, PreviousKeyExpiresAt = entry.Earlier.Count > 0 ? until : null };
    }

    /// <summary>The record stays: so does the answer to who this was.</summary>
    public async Task<AdminResult> RevokeAdminAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAdminAsync(command.Id!) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is null)
        {
            var before = entry.Record;
            entry = entry with { Record = before with { RevokedAt = Now } };
            await ChangeAsync(entry, before, "revoked", command.By);
        }

        return new() { Admin = entry.Record };
    }

    public async Task<bool> IsInScopeAsync(ScopeQuery query)
    {
        var inScope = AccountIds.IsGroup(query.Id)
            ? await FindGroupAsync(query.Id) is { } group && IsIn(query.Scope, group.Group)
            : await FindWebhookAsync(query.Id) is { } webhook ? await IsInAsync(query.Scope, webhook)
            : await FindAsync(query.Id) is { } key && IsIn(query.Scope, key.Record);
        await StateManager.ClearCacheAsync();
        return inScope;
    }

    private static bool IsIn(IReadOnlyList<string> scope, GroupView group) =>
        scope.Contains(group.Id) || (group.Parent is { } parent && scope.Contains(parent));

    private static bool IsIn(IReadOnlyList<string> scope, KeyRecord key) => key.Accounts?.Any(scope.Contains) is true;

    /// <summary>Null, or why an admin of this scope may not put anything into this group.</summary>
    private async Task<string?> ScopeMistakeAsync(IReadOnlyList<string>? scope, string? groupId) =>
        scope is null || (groupId is not null && await FindGroupAsync(groupId) is { } group && IsIn(scope, group.Group))
            ? null
            : $"Your admin key is for {string.Join(", ", scope)}: name one of these, or what is in it.";

    private async Task CheckAsync(AdminKeySettings settings, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, SettingsRules.Check(settings));
        if (settings.ExpiresAt <= Now)
            errors.TryAdd("expiresAt", ["In the future; null or nothing never expires."]);
        for (var i = 0; i < settings.Scope?.Count; i++)
        {
            if (!await IsGroupAsync(settings.Scope[i]))
                errors.TryAdd($"scope[{i}]", ["The id of a team or an organisation."]);
        }
    }

    private async Task<bool> IsGroupAsync(string? id) =>
        id is not null && AccountIds.IsPossible(id) && AccountIds.IsGroup(id) && await FindGroupAsync(id) is not null;

    private async Task ChangeAsync(AdminEntry entry, AdminRecord? before, string change, AdminCaller by, List<string>? removed = null)
    {
        var record = entry.Record;
        await StateManager.SetStateAsync(AdminStateKey(record.Id), entry);
        var audit = await AuditAsync(by, "admin_key." + change, record.Id, before is null ? null : AdminKeyView.Of(before), AdminKeyView.Of(record));
        await HandOnAsync([new PendingChange { Id = record.Id, Change = change, Time = Now, Audit = audit, Removed = removed ?? [] }]);
    }

    private static string AdminStateKey(string id) => StateKey.Of("admin:", id);

    private async Task<AdminEntry?> FindAdminAsync(string id)
    {
        if (!id.StartsWith(AdminPrefix, StringComparison.Ordinal))
            return null;
        var entry = await StateManager.TryGetStateAsync<AdminEntry>(AdminStateKey(id));
        return entry.HasValue ? entry.Value : null;
    }
}
