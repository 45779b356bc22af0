using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Rules: limits and budgets for more than a key. Each call keeps to the caller's scope by what the rule is for.</summary>
internal static class RuleEndpoints
{
    public static void Map(RouteGroupBuilder rules)
    {
        rules.MapPost("", CreateAsync).WithName("createRule").WithMetadata(AdminRule.ChangeRules);
        rules.MapGet("", ListAsync).WithName("listRules").WithMetadata(AdminRule.ListAccounts);
        rules.MapGet("/{id}", GetAsync).WithName("getRule").WithMetadata(AdminRule.ListAccounts);
        rules.MapPatch("/{id}", ChangeAsync).WithName("changeRule").WithMetadata(AdminRule.ChangeRules);
        rules.MapDelete("/{id}", DeleteAsync).WithName("deleteRule").WithMetadata(AdminRule.ChangeRules);
        rules.MapGet("/{id}/accounts", AccountsAsync).WithName("listRuleAccounts").WithMetadata(AdminRule.ListAccounts);
        rules.MapGet("/{id}/usage", UsageAsync).WithName("getRuleUsage").WithMetadata(AdminRule.ListAccounts);
    }

    /// <summary>Create a rule</summary>
    /// <remarks>
    /// Limits and a budget for what everybody, an organisation, a team or a key does with one model or each, with the models of a group, at a provider, for a
    /// user, under a tag. A request needs a place in each rule's account as in those of its key. In force everywhere within five seconds.
    /// </remarks>
    /// <param name="body">Settings of the new rule. A member that is not known is refused.</param>
    /// <response code="201">The rule.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static async Task<Results<Created<RuleView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<RuleSettings> body, [AsParameters] IdempotencyKey once, IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        var command = new RuleCommand { By = AdminGuard.CallerOf(context), Body = body.Text, IdempotencyKey = once.Value };
        var result = await KeyEndpoints.Directory(actors).CreateRuleAsync(command);
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Rule: { } rule } => TypedResults.Created($"{InternalRoutes.Admin}/rules/{rule.Id}", RuleView.Of(rule)),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => new InvalidProblem(result.Errors!),
        };
    }

    /// <summary>List rules</summary>
    /// <remarks>In the order they were made.</remarks>
    /// <param name="scope" example="team:7FhXk2Qp">Only those for this key, team or organisation.</param>
    public static async Task<Results<Ok<RuleList>, InvalidProblem>> ListAsync(
        [AsParameters] PageQuery page, string? scope, IActorProxyFactory actors, HttpContext context)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        if (scope is { Length: 0 })
            return new InvalidProblem("scope", "The id of a key, team or organisation; leave the parameter out for all rules.");
        var query = new ListQuery { After = page.After, Limit = limit, Parent = scope, Scope = AdminGuard.CallerOf(context).Scope };
        var rules = await KeyEndpoints.Directory(actors).ListRulesAsync(query);
        return rules.UnknownAfter
            ? new InvalidProblem("after", "There is no such rule.")
            : TypedResults.Ok(new RuleList { Data = [.. rules.Rules.Select(RuleView.Of)], HasMore = rules.Next is not null, NextAfter = rules.Next });
    }

    /// <summary>Get a rule</summary>
    /// <remarks>Its limits and budget, and how they stand where it has one account.</remarks>
    /// <param name="id" example="rule:8sKq2Ld0">The rule's id.</param>
    public static async Task<Results<Ok<RuleView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors, HttpContext context)
    {
        if (await FindAsync(id, actors, context) is not { } rule)
            return NotFound(id);
        var status = rule.IsEach ? null : await Account(actors, id).GetStatusAsync();
        return TypedResults.Ok(RuleView.Of(rule) with { Status = status });
    }

    /// <summary>Change a rule</summary>
    /// <remarks>A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. In force everywhere within seconds; what is spent stays spent.</remarks>
    /// <param name="id" example="rule:8sKq2Ld0">The rule's id.</param>
    /// <param name="body">The settings to change. A member that is not known is refused.</param>
    /// <response code="409">It is for what your admin key is for.</response>
    public static async Task<Results<Ok<RuleView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ChangeAsync(
        string id, JsonBody<RuleSettings> body, IActorProxyFactory actors, HttpContext context)
    {
        var command = new RuleCommand { By = AdminGuard.CallerOf(context), Id = id, Body = body.Text };
        return await KeyEndpoints.Directory(actors).UpdateRuleAsync(command) switch
        {
            { Errors: { } errors } => new InvalidProblem(errors),
            { Conflict: { } why } => new ConflictProblem(why),
            { Rule: { } rule } => TypedResults.Ok(RuleView.Of(rule)),
            _ => NotFound(id),
        };
    }

    /// <summary>Delete a rule</summary>
    /// <remarks>Holds nobody any more within five seconds. What its accounts counted stays with them, out of reach of this API.</remarks>
    /// <param name="id" example="rule:8sKq2Ld0">The rule's id.</param>
    /// <response code="200">The rule as it was.</response>
    /// <response code="409">It is for what your admin key is for.</response>
    public static async Task<Results<Ok<RuleView>, NotFoundProblem, ConflictProblem>> DeleteAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        await KeyEndpoints.Directory(actors).DeleteRuleAsync(new RuleCommand { By = AdminGuard.CallerOf(context), Id = id }) switch
        {
            { Conflict: { } why } => new ConflictProblem(why),
            { Rule: { } rule } => TypedResults.Ok(RuleView.Of(rule)),
            _ => NotFound(id),
        };

    /// <summary>Accounts of a rule</summary>
    /// <remarks>Which values have been counted, and how the account of each stands.</remarks>
    /// <param name="id" example="rule:8sKq2Ld0">The rule's id.</param>
    public static async Task<Results<Ok<RuleAccountList>, InvalidProblem, NotFoundProblem>> AccountsAsync(
        string id, [AsParameters] PageQuery page, IActorProxyFactory actors, HttpContext context)
    {
        if (!page.TryNumbers(out var limit, out var after, out var problem))
            return problem!;
        if (await FindAsync(id, actors, context) is not { } rule)
            return NotFound(id);
        var (accounts, next) = await AccountsOfAsync(rule, after, limit, actors);
        var shown = new List<RuleAccountView>();
        foreach (var (account, value) in accounts)
        {
            var actor = Account(actors, account);
            shown.Add(new() { AccountId = account, Value = value, Status = await actor.GetStatusAsync(), Spent = (await actor.GetBalanceAsync()).Spent });
        }

        return TypedResults.Ok(new RuleAccountList
        {
            Data = shown,
            HasMore = next is not null,
            NextAfter = next?.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Usage of a rule</summary>
    /// <remarks>Of all its accounts together, by whole UTC days, from roll-ups: of what was asked for while the rule was there.</remarks>
    /// <param name="id" example="rule:8sKq2Ld0">The rule's id.</param>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> UsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time)
    {
        if (await FindAsync(id, actors, request.HttpContext) is not { } rule)
            return NotFound(id);
        var all = new List<string>();
        for (long? after = 0; after is { } from;)
        {
            (var accounts, after) = await AccountsOfAsync(rule, from, PageQuery.MaxLimit, actors);
            all.AddRange(accounts.Select(account => account.Id));
        }

        return await ReportEndpoints.AccountsUsageAsync(all, query, request, reports, time);
    }

    private static async Task<(IReadOnlyList<(string Id, string? Value)> Accounts, long? Next)> AccountsOfAsync(
        RuleRecord rule, long after, int limit, IActorProxyFactory actors)
    {
        if (!rule.IsEach)
            return (after == 0 ? [(rule.Id, rule.Value)] : [], null);
        var values = await actors.CreateActorProxy<IRuleActor>(new ActorId(rule.Id), ActorTypes.Rule)
            .ListAsync(new RuleValueQuery { After = after, Limit = limit });
        var accounts = values.Values.Select(value => (AccountIds.OfValue(rule.Id, value), (string?)value)).ToList();
        // Some say no user, or not this tag.
        if (values.Next is null && (values.AreShared || rule.Tag is not null || rule.By == RuleRecord.ByUser))
            accounts.Add((AccountIds.OfFurtherValues(rule.Id), null));
        return (accounts, values.Next);
    }

    private static async Task<RuleRecord?> FindAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        (await KeyEndpoints.Directory(actors).GetRuleAsync(new RuleCommand { By = AdminGuard.CallerOf(context), Id = id })).Rule;

    private static IAccountActor Account(IActorProxyFactory actors, string id) => actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);

    private static NotFoundProblem NotFound(string id) => new($"rule {id}");
}
