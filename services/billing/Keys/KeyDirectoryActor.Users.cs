using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;

namespace Gateway.Billing.Keys;

/// <summary>
/// Users: accounts of those who sign in. An entry like a key's, without a hash. State keys: the list <c>users</c>; <c>subject:{hash}</c>, who is whom
/// by the identity provider; <c>sign-in</c>, the rules.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    private const string SignInKey = "sign-in";

    private PagedList Users => new(StateManager, "users");

    public async Task<UserResult> ChangeUserAsync(UserCommand command)
    {
        if (!AccountIds.IsUser(command.Id))
            return new();
        // A team's admin looks after its people, and not after those who are set over him.
        if (command is { Action: not UserAction.Get, By.Role: AdminRole.TeamAdmin } && (await FindAsync(command.Id))?.User is { Role: not null })
            return new() { Conflict = "The user is an admin: it takes an owner or an admin to change it." };
        var change = new KeyCommand { Id = command.Id, By = command.By, Body = command.Body, Paused = command.Action == UserAction.Pause };
        var result = command.Action switch
        {
            UserAction.Update => await UpdateKeyAsync(change),
            UserAction.Pause or UserAction.Resume => await PauseKeyAsync(change),
            UserAction.Delete => await RevokeKeyAsync(change),
            UserAction.SignOut => await SignOutAsync(command),
            _ => await GetKeyAsync(change),
        };
        if (result.Errors is not null || result.Conflict is not null || result.Key is null)
        {
            var conflict = result.Conflict?.Replace("The key has been revoked", "The user has been deleted", StringComparison.Ordinal);
            return new() { Errors = result.Errors, Conflict = conflict };
        }

        var view = (await FindAsync(command.Id))!;
        await StateManager.ClearCacheAsync();
        return new() { User = UserView.Of(view.Record, view.User!) with { EffectiveModels = result.EffectiveModels, ModelLists = result.ModelLists } };
    }

    public async Task<UserPage> ListUsersAsync(ListQuery query)
    {
        var (entries, next, unknown) = await ListAsync(Users, query);
        return new() { Users = [.. entries.Select(e => UserView.Of(e.Record, e.User!))], Next = next, UnknownAfter = unknown };
    }

    /// <summary>
    /// Makes the user when he signs in for the first time, with what new users of the team get, and puts him where the rules say. A team that an admin gave
    /// him stays until the rules give another than they did.
    /// </summary>
    public async Task<UserSignInResult> SignInUserAsync(UserSignIn signIn)
    {
        await FinishAsync();
        var subject = KeyStoreKeys.OfSubject(signIn.Identity.Issuer, signIn.Identity.Subject);
        var known = await StateManager.TryGetStateAsync<string>(subject);
        var before = known.HasValue ? await FindAsync(known.Value) : null;
        // What a token does not say is as it was. One from the future would be the last word for as long.
        var said = signIn.Identity.SaidAt > Now ? signIn.Identity with { SaidAt = Now } : signIn.Identity;
        var identity = said.With(before?.User!.Identity);
        var (team, role, scope) = SignInRules.Map(await SignInRulesAsync(), identity);
        if (team is not null && await TeamMistakeAsync(team) is not null)
            team = null;
        var refusal = RefusalOf(identity, before?.Record, team, role, signIn.Admin);
        if (before is null && refusal is not null)
            return new() { Refusal = refusal };

        // Whoever is refused loses the role all the same.
        var user = new UserEntry
        {
            Identity = identity,
            MappedTeam = team ?? before?.User!.MappedTeam,
            Role = role,
            Scope = scope,
            SignedOutAt = before?.User!.SignedOutAt,
        };
        var entry = before is null
            ? await NewUserAsync(user, signIn.Try)
            : before with { User = user, Record = await MovedAsync(before, identity, team) };
        if (!signIn.Try && (before is null || Differs(before, entry)))
            await ChangeUserAsync(entry, before, before is null ? "created" : "updated", AdminCaller.Gateway);
        else if (!signIn.Try && before!.User!.Identity.SaidAt != identity.SaidAt)
            await NoteAsync(entry);
        else
            await StateManager.ClearCacheAsync();
        return refusal is null ? new() { User = RecordOf(entry) } : new() { Refusal = refusal };
    }

    public async Task<SignInSettings> GetSignInSettingsAsync() => await SignInRulesAsync();

    public async Task<SignInSettingsResult> SetSignInSettingsAsync(KeyCommand command)
    {
        await FinishAsync();
        var settings = SettingsReader.Read<SignInSettings>(command.Body ?? "{}", null, out var errors);
        if (settings is not null)
            await CheckAsync(settings, errors);
        if (errors.Count > 0)
            return new() { Errors = errors };
        var before = await SignInRulesAsync();
        await StateManager.SetStateAsync(SignInKey, settings!);
        var number = await AuditAsync(command.By, "sign_in.updated", SignInKey, before, settings);
        await HandOnAsync([new PendingChange { Id = SignInKey, Change = "updated", Time = Now, Audit = number }]);
        return new() { Settings = settings };
    }

    private static string? RefusalOf(UserIdentity identity, KeyRecord? record, string? team, AdminRole? role, bool admin)
    {
        var who = identity.Email ?? identity.Subject;
        if (record?.RevokedAt is not null)
            return $"The account of {who} on this gateway has been deleted.";
        if (admin)
            return role is null ? $"{who} has no administrator's role on this gateway: none of its rules for signing in gives one." : null;
        return team is null ? $"{who} belongs to no team of this gateway: none of its rules for signing in gives one." : null;
    }

    private async Task<KeyEntry> NewUserAsync(UserEntry user, bool isTrial)
    {
        var id = GatewayKeys.NewId(AccountIds.UserPrefix);
        var defaults = (await DefaultsAsync(user.MappedTeam)).User;
        var settings = new KeySettings
        {
            Name = user.Identity.Name ?? user.Identity.Email,
            TeamId = user.MappedTeam,
            Limits = defaults?.Limits,
            Budget = defaults?.Budget,
            Models = defaults?.Models,
            QueueSeconds = defaults?.QueueSeconds,
        };
        var record = await RecordAsync(new KeyRecord { Id = id, UserId = id, CreatedAt = Now }, settings);
        if (isTrial)
            return new() { Record = record, User = user };
        await StateManager.SetStateAsync(KeyStoreKeys.OfSubject(user.Identity.Issuer, user.Identity.Subject), id);
        var dates = await DatesAsync(id, record.CreatedAt, null, null, record.Budget);
        return new() { Record = record, Number = await Users.AppendAsync(id), BudgetDates = dates, User = user };
    }

    private async Task<KeyRecord> MovedAsync(KeyEntry before, UserIdentity identity, string? team)
    {
        var (record, old) = (before.Record, before.User!.Identity);
        if (record.Name == (old.Name ?? old.Email))
            record = record with { Name = identity.Name ?? identity.Email };
        return team is null || team == before.User.MappedTeam
            ? record
            : record with { TeamId = team, Accounts = await AccountsAsync(record.Id, team) };
    }

    private static bool Differs(KeyEntry before, KeyEntry after) =>
        Show(UserView.Of(before.Record, before.User!))!.Value.GetRawText() != Show(UserView.Of(after.Record, after.User!))!.Value.GetRawText()
        || before.User!.MappedTeam != after.User!.MappedTeam;

    private async Task<KeyResult> SignOutAsync(UserCommand command)
    {
        await FinishAsync();
        if (await FindAsync(command.Id) is not { User: { } user } entry)
            return new();
        var after = entry with { User = user with { SignedOutAt = Now } };
        await ChangeUserAsync(after, entry, "signed_out", command.By);
        return await ShownAsync(after.Record);
    }

    private async Task ChangeUserAsync(KeyEntry entry, KeyEntry? before, string change, AdminCaller by)
    {
        var record = entry.Record;
        await StateManager.SetStateAsync(KeyKey(record.Id), entry);
        var was = before is null ? null : UserView.Of(before.Record, before.User!);
        var audit = await AuditAsync(by, "user." + change, record.Id, was, UserView.Of(record, entry.User!));
        await HandOnAsync([new PendingChange { Id = record.Id, Change = change, Time = Now, Audit = audit }]);
    }

    /// <summary>The same was said again, later: which is no change, and nobody's news.</summary>
    private async Task NoteAsync(KeyEntry entry)
    {
        await StateManager.SetStateAsync(KeyKey(entry.Record.Id), entry);
        await StateManager.SaveStateAsync();
        await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfUser(entry.Record.Id), RecordOf(entry));
        await StateManager.ClearCacheAsync();
    }

    private static UserRecord RecordOf(KeyEntry entry) => new()
    {
        Key = entry.Record,
        Identity = entry.User!.Identity,
        Role = entry.User.Role,
        Scope = entry.User.Scope,
        SignedOutAt = entry.User.SignedOutAt,
    };

    private async Task<SignInSettings> SignInRulesAsync()
    {
        var rules = await StateManager.TryGetStateAsync<SignInSettings>(SignInKey);
        return rules.HasValue ? rules.Value : new();
    }

    private async Task CheckAsync(SignInSettings settings, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, SettingsRules.Check(settings));
        for (var i = 0; i < settings.Rules.Count && i < SignInSettings.MaxRules; i++)
        {
            if (settings.Rules[i] is not { } rule)
                continue;
            if (rule.TeamId is { } team && AccountIds.IsTeam(team) && (!AccountIds.IsPossible(team) || await TeamMistakeAsync(team) is not null))
                errors.TryAdd($"rules[{i}].teamId", [$"There is no team {team}, or it has been deleted."]);
            for (var j = 0; j < rule.Scope?.Count; j++)
            {
                if (!await IsGroupAsync(rule.Scope[j]))
                    errors.TryAdd($"rules[{i}].scope[{j}]", ["The id of a team or an organisation."]);
            }
        }
    }
}
