using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>Rules: limits and budgets by model, provider and the like. State key: <c>rules</c>.</summary>
internal sealed partial class KeyDirectoryActor
{
    private const string Rules = "rules";

    /// <summary>All of them are held by each instance of ingress, and gone through whenever a key is read.</summary>
    private const int MaxRules = 500;

    public async Task<RuleResult> CreateRuleAsync(RuleCommand command)
    {
        await FinishAsync();
        var book = await RulesAsync();
        if (await FindMadeAsync(Rules, command.IdempotencyKey) is { } made && book.Find(made.Ids[0]) is { } before)
            return ConflictOf(made, command.Body) is { } conflict ? new() { Conflict = conflict } : new() { Rule = before, Replayed = true };
        if (SettingsReader.Read<RuleSettings>(command.Body ?? "{}", null, out var errors) is not { } settings)
            return new() { Errors = errors };
        await CheckAsync(settings, null, errors);
        if (command.By.Scope is { } scope && (await ScopeMistakeAsync(scope, settings.Scope) ?? NotItself(scope, settings.Scope)) is { } outside)
            errors["scope"] = [outside];
        if (book.Rules.Count >= MaxRules)
            errors.TryAdd("", [$"There are {MaxRules} rules, which is as many as there can be. Delete one."]);
        if (errors.Count > 0)
            return new() { Errors = errors };
        var rule = WithSettings(new RuleRecord { Id = GatewayKeys.NewId(AccountIds.RulePrefix), CreatedAt = Now, By = settings.By! }, settings);
        var more = book.With(rule.Id, rule);
        if (more.MostAt(rule.Scope) > MostAccounts(rule.Scope))
        {
            errors["scope"] = [
                $"The rules for it already need {MostAccounts(rule.Scope)} accounts for one request, which is as many as they may. Delete one, or count less."];
            return new() { Errors = errors };
        }

        await RememberMadeAsync(Rules, command.IdempotencyKey, command.Body, [rule.Id], null);
        return await ChangeAsync(more, null, rule, "created", command.By);
    }

    public async Task<RuleResult> GetRuleAsync(RuleCommand command)
    {
        var rule = await FindRuleAsync(command);
        await StateManager.ClearCacheAsync();
        return new() { Rule = rule };
    }

    public async Task<RulePage> ListRulesAsync(ListQuery query)
    {
        var all = (await RulesAsync()).Rules;
        var from = 0;
        if (query.After is { } last)
        {
            from = 1 + all.ToList().FindIndex(rule => rule.Id == last);
            if (from == 0)
                return new() { UnknownAfter = true };
        }

        var found = new List<RuleRecord>();
        for (; from < all.Count && found.Count <= query.Limit; from++)
        {
            if ((query.Parent is null || all[from].Scope == query.Parent) && (query.Scope is null || await IsRuleInAsync(query.Scope, all[from])))
                found.Add(all[from]);
        }

        await StateManager.ClearCacheAsync();
        return found.Count <= query.Limit ? new() { Rules = found } : new() { Rules = found[..query.Limit], Next = found[query.Limit - 1].Id };
    }

    /// <summary>Those that may be for a request of the key.</summary>
    public async Task<RulePage> ListRulesOfAsync(KeyCommand command)
    {
        var rules = await FindAsync(command.Id) is { } key ? (await RulesAsync()).ToRecord().For(key.Record) : null;
        await StateManager.ClearCacheAsync();
        return new() { Rules = rules ?? [] };
    }

    public async Task<RuleResult> UpdateRuleAsync(RuleCommand command)
    {
        await FinishAsync();
        if (await FindRuleAsync(command) is not { } before)
            return new();
        if (command.By.Scope is { } scope && NotItself(scope, before.Scope) is { } conflict)
            return new() { Conflict = conflict };
        if (SettingsReader.Read(command.Body ?? "{}", SettingsOf(before), out var errors) is not { } settings)
            return new() { Errors = errors };
        await CheckAsync(settings, before, errors);
        (string, string?, string?)[] kept = [("scope", settings.Scope, before.Scope), ("by", settings.By, before.By), ("value", settings.Value, before.Value)];
        foreach (var (field, now, was) in kept)
        {
            if (now != was)
                errors[field] = ["It is given at creation and cannot change: what has been counted was counted so. Make another rule."];
        }

        if (errors.Count > 0)
            return new() { Errors = errors };
        var after = WithSettings(before, settings);
        return await ChangeAsync((await RulesAsync()).With(before.Id, after), before, after, "updated", command.By);
    }

    public async Task<RuleResult> DeleteRuleAsync(RuleCommand command)
    {
        await FinishAsync();
        if (await FindRuleAsync(command) is not { } before)
            return new();
        return command.By.Scope is { } scope && NotItself(scope, before.Scope) is { } conflict
            ? new() { Conflict = conflict }
            : await ChangeAsync((await RulesAsync()).With(before.Id, null), before, null, "deleted", command.By);
    }

    /// <summary>
    /// With the three of key, team and organisation, a request needs a place in at most 16 accounts, wherever its key is moved. Each is a call now and then,
    /// and a lock for each request.
    /// </summary>
    private static int MostAccounts(string? scope) => scope is null ? 4 : 3;

    private async Task<RuleResult> ChangeAsync(RuleBook book, RuleRecord? before, RuleRecord? after, string change, AdminCaller by)
    {
        var id = (before ?? after)!.Id;
        await StateManager.SetStateAsync(Rules, book);
        var audit = await AuditAsync(by, "rule." + change, id, before is null ? null : RuleView.Of(before), after is null ? null : RuleView.Of(after));
        await HandOnAsync([new PendingChange { Id = id, Change = change, Time = Now, Audit = audit }]);
        return new() { Rule = after ?? before };
    }

    private async Task<RuleBook> RulesAsync()
    {
        var stored = await StateManager.TryGetStateAsync<RuleBook>(Rules);
        return stored.HasValue ? stored.Value : new();
    }

    private Task StoreAsync(RuleBook book) => dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.Rules, book.ToRecord());

    /// <summary>Null where there is none, or it is not in the caller's scope.</summary>
    private async Task<RuleRecord?> FindRuleAsync(RuleCommand command) =>
        (await RulesAsync()).Find(command.Id) is { } rule && (command.By.Scope is not { } scope || await IsRuleInAsync(scope, rule)) ? rule : null;

    private async Task<bool> IsRuleInAsync(IReadOnlyList<string> scope, RuleRecord rule) =>
        rule.Scope is not null && (AccountIds.IsGroup(rule.Scope)
            ? await FindGroupAsync(rule.Scope) is { } group && IsIn(scope, group.Group)
            : await FindAsync(rule.Scope) is { } key && IsIn(scope, key.Record));

    private static string? NotItself(IReadOnlyList<string> scope, string? id) => id is not null && scope.Contains(id)
        ? $"{id} is what your admin key is for: it can make and change rules for what is in it, and not for itself."
        : null;

    private async Task CheckAsync(RuleSettings settings, RuleRecord? before, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, SettingsRules.Check(settings));
        var access = (await AccessAsync()).ToRecord();
        if (before is null)
        {
            if (settings.Scope is { } scope && await NumberOfAsync(scope) is null)
                errors.TryAdd("scope", ["There is no key, team or organisation of this id."]);
            if (settings.By is { } by && AccessGroups.IsNamedBy(by) && !access.Models.ContainsKey(by))
                errors.TryAdd("by", ["There is no access group of this name (GET /admin/v1/access-groups lists them)."]);
            if (settings is { By: RuleRecord.ByModel, Value: { Length: > 0 } model } && !IsKnown(model))
                errors.TryAdd("value", ["No model of the catalog is meant by it (GET /admin/v1/catalog lists them)."]);
            if (settings is { By: RuleRecord.ByProvider, Value: { } provider } && catalog.Current.FindProvider(provider) is null)
                errors.TryAdd("value", ["There is no such provider in the catalog (GET /admin/v1/catalog lists them)."]);
        }

        if (!errors.ContainsKey("by") && !errors.ContainsKey("value"))
            CheckCurrency("", ModelsOf(settings.By, settings.Value, access), settings.Budget, errors);
    }

    /// <summary>What a rule is for; null: every model.</summary>
    internal static IEnumerable<string>? ModelsOf(string? by, string? value, AccessGroups access) =>
        by is not null && AccessGroups.IsNamedBy(by) ? access.Open([by]) : by == RuleRecord.ByModel && value is not null ? [value] : null;

    /// <summary>A model by its id, whatever name it was given by: rules for one model are told by that.</summary>
    private RuleRecord WithSettings(RuleRecord before, RuleSettings settings) => before with
    {
        Name = settings.Name,
        Scope = settings.Scope,
        Value = before.Value ?? (settings is { By: RuleRecord.ByModel, Value: { } model } && !model.EndsWith('*')
            ? catalog.Current.Find(model, out _)?.Id ?? model
            : settings.Value),
        Limits = settings.Limits,
        Budget = settings.Budget,
    };

    private static RuleSettings SettingsOf(RuleRecord rule) => new()
    {
        Name = rule.Name,
        Scope = rule.Scope,
        By = rule.By,
        Value = rule.Value,
        Limits = rule.Limits,
        Budget = rule.Budget,
    };
}
