using System.Text.Json.Nodes;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Shared;
using Gateway.Contracts.Accounts;
using Microsoft.Extensions.Primitives;

namespace Gateway.AdminConsole.Pages.Accounts;

/// <summary>The settings of a key, user, team, organisation or rule as fields of a form, and back as what the admin API takes.</summary>
public sealed class AccountForm : FormFields
{
    /// <summary>What the fields begin with that say what new keys get, and new users.</summary>
    public const string NewKeys = "key.", NewUsers = "user.";

    private static readonly string[] Limits =
        ["requestsPerMinute", "inputTokensPerMinute", "outputTokensPerMinute", "tokenCountsPerMinute", "concurrentRequests"];

    private AccountForm()
    {
    }

    private AccountForm(IEnumerable<KeyValuePair<string, StringValues>> sent)
        : base(sent)
    {
    }

    /// <summary>As it was sent.</summary>
    public static AccountForm Of(IEnumerable<KeyValuePair<string, StringValues>> sent) => new(sent);

    public static AccountForm Of(ApiKey key) => OfMember(key.Name, key.TeamId, key.NativeOnly, key.ExpiresAt, key.Limits, key.Budget, key.Models);

    public static AccountForm Of(User user) =>
        OfMember(user.Name, user.TeamId, user.NativeOnly, user.ExpiresAt, user.Limits, user.Budget, user.Models);

    public static AccountForm Of(Group group)
    {
        var form = new AccountForm();
        form.Set("name", group.Name);
        form.Set("expiresAt", group.ExpiresAt);
        form.SetSettings("", group.Limits, group.Budget, group.Models);
        form.SetSettings(NewKeys, group.Defaults?.Key?.Limits, group.Defaults?.Key?.Budget, group.Defaults?.Key?.Models);
        form.SetSettings(NewUsers, group.Defaults?.User?.Limits, group.Defaults?.User?.Budget, group.Defaults?.User?.Models);
        return form;
    }

    public static AccountForm Of(Rule rule)
    {
        var form = new AccountForm();
        form.Set("name", rule.Name);
        form.SetSettings("", rule.Limits, rule.Budget, null);
        return form;
    }

    /// <summary>What a key is made of.</summary>
    public JsonObject ToNewKey() => WithoutNulls(ToKeyPatch());

    /// <summary>What a team is made of, or an organisation.</summary>
    public JsonObject ToNewGroup()
    {
        var body = ToGroupPatch();
        body["parent"] = Text("parent");
        return WithoutNulls(body);
    }

    /// <summary>What a rule is made of.</summary>
    public JsonObject ToNewRule()
    {
        var body = ToRulePatch();
        (body["scope"], body["by"], body["value"]) = (Text("scope"), Text("by"), Text("value"));
        return WithoutNulls(body);
    }

    /// <summary>A merge patch, of a user as well: an emptied field removes what it said; what has no field here stays.</summary>
    public JsonObject ToKeyPatch()
    {
        var body = ToPatch();
        body["teamId"] = Text("teamId");
        body["nativeOnly"] = Is("nativeOnly", "on");
        return body;
    }

    /// <summary>The same of a team or organisation.</summary>
    public JsonObject ToGroupPatch()
    {
        var body = ToPatch();
        var (keys, users) = (ToDefaults(NewKeys), ToDefaults(NewUsers));
        body["defaults"] = keys is null && users is null ? null : new JsonObject { ["key"] = keys, ["user"] = users };
        return body;
    }

    /// <summary>The same of a rule.</summary>
    public JsonObject ToRulePatch() => new() { ["name"] = Text("name"), ["limits"] = ToLimits(""), ["budget"] = ToBudget("") };

    /// <summary>What new members get; null: nothing.</summary>
    public JsonObject? ToDefaults(string prefix)
    {
        var (limits, budget, models) = (ToLimits(prefix), ToBudget(prefix), List(prefix + "models"));
        return limits is null && budget is null && models is null
            ? null
            : new JsonObject { ["limits"] = limits, ["budget"] = budget, ["models"] = models };
    }

    private static AccountForm OfMember(
        string? name, string? team, bool nativeOnly, DateTimeOffset? expiresAt, KeyLimits? limits, KeyBudget? budget, IReadOnlyList<string>? models)
    {
        var form = new AccountForm();
        form.Set("name", name);
        form.Set("teamId", team);
        form.Set("nativeOnly", nativeOnly ? "on" : null);
        form.Set("expiresAt", expiresAt);
        form.SetSettings("", limits, budget, models);
        return form;
    }

    private JsonObject ToPatch() => new()
    {
        ["name"] = Text("name"),
        ["models"] = List("models"),
        ["limits"] = ToLimits(""),
        ["budget"] = ToBudget(""),
        ["expiresAt"] = Time("expiresAt"),
    };

    private JsonObject? ToLimits(string prefix) =>
        Limits.All(l => this[prefix + l].Length == 0) ? null : new JsonObject(Limits.Select(l => KeyValuePair.Create(l, Number(prefix + l))));

    private JsonObject? ToBudget(string prefix) => this[prefix + "amount"].Length == 0 ? null : new JsonObject
    {
        ["amount"] = Number(prefix + "amount"),
        ["currency"] = Text(prefix + "currency")?.ToUpperInvariant() ?? "USD",
        ["period"] = this[prefix + "period"],
        ["enforcement"] = this[prefix + "enforcement"],
    };

    private void SetSettings(string prefix, KeyLimits? limits, KeyBudget? budget, IReadOnlyList<string>? models)
    {
        Set(prefix + "models", models);
        Set(prefix + "requestsPerMinute", limits?.RequestsPerMinute);
        Set(prefix + "inputTokensPerMinute", limits?.InputTokensPerMinute);
        Set(prefix + "outputTokensPerMinute", limits?.OutputTokensPerMinute);
        Set(prefix + "tokenCountsPerMinute", limits?.TokenCountsPerMinute);
        Set(prefix + "concurrentRequests", (long?)limits?.ConcurrentRequests);
        Set(prefix + "amount", budget?.Amount);
        Set(prefix + "currency", budget?.Currency);
        Set(prefix + "period", budget?.Period.ToString().ToLowerInvariant());
        Set(prefix + "enforcement", budget?.Enforcement.ToString().ToLowerInvariant());
    }
}
