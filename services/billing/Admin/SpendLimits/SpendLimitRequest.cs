using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Errors;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>The body that sets a spend limit. Members that are not known are passed over: the list of Anthropic's is open.</summary>
internal sealed record SpendLimitRequest
{
    private const int MaxDigits = 18;

    /// <summary>The key, team or organisation; null: the organisation, whichever there is.</summary>
    public required string? AccountId { get; init; }

    /// <summary>In dollars; null takes the limit away.</summary>
    public required decimal? Amount { get; init; }
    public required BudgetPeriod Period { get; init; }

    /// <exception cref="GatewayException">It is no such body; the message names the member.</exception>
    public static SpendLimitRequest Read(string text)
    {
        JsonElement body;
        try
        {
            body = JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            throw GatewayException.Invalid("request body: should be JSON.");
        }

        if (body.ValueKind != JsonValueKind.Object)
            throw GatewayException.Invalid("request body: should be an object.");
        var broken = new Dictionary<string, string[]>();
        Keys.JsonText.Keep(body, broken);
        foreach (var (field, mistakes) in broken)
            throw GatewayException.Invalid($"{field}: {mistakes[0]}");
        var account = AccountOf(body, out var shared);
        CheckCurrency(body, "currency");
        return new()
        {
            AccountId = account,
            Amount = AmountOf(body, shared),
            Period = TextOf(body, "period") is not { } period ? BudgetPeriod.Month
                : BudgetPeriods.Of(period) ?? throw GatewayException.Invalid("period: should be daily, weekly or monthly."),
        };
    }

    private static string? AccountOf(JsonElement body, out bool shared)
    {
        if (!body.TryGetProperty("scope", out var scope) || scope.ValueKind != JsonValueKind.Object)
            throw GatewayException.Invalid("scope: should be an object with type user, rbac_group or organization.");
        var type = TextOf(scope, "type");
        shared = type != SpendScope.User;
        return type switch
        {
            SpendScope.User => IdOf(
                scope, "user_id", static id => !AccountIds.IsGroup(id), "the id of a key: users are keys here. GET /admin/v1/keys lists them"),
            SpendScope.Group => IdOf(scope, "rbac_group_id", AccountIds.IsTeam, "the id of a team. GET /admin/v1/teams lists them"),
            SpendScope.Organization when TextOf(scope, "organization_id") is null => null,
            SpendScope.Organization => IdOf(
                scope, "organization_id", AccountIds.IsOrganization, "the id of an organisation. GET /admin/v1/organizations lists them"),
            _ => throw GatewayException.Invalid("scope.type: should be user, rbac_group or organization."),
        };
    }

    private static string IdOf(JsonElement scope, string name, Func<string, bool> isOfKind, string what) =>
        TextOf(scope, name) is { } id && AccountIds.IsPossible(id) && isOfKind(id) ? id : throw GatewayException.Invalid($"scope.{name}: should be {what}.");

    private static decimal? AmountOf(JsonElement body, bool shared)
    {
        var given = TryCents(body, "amount", "amount", out var amount);
        if (!body.TryGetProperty("pooled_budget", out var pool) || pool.ValueKind == JsonValueKind.Null)
            return given ? amount : throw GatewayException.Invalid("amount: should be there: whole cents as text, or null for no limit.");
        if (pool.ValueKind != JsonValueKind.Object)
            throw GatewayException.Invalid("pooled_budget: should be an object.");
        if (!shared)
            throw GatewayException.Invalid("pooled_budget: is for groups. The limit of a key is its own; send amount alone.");
        if (pool.TryGetProperty("paused", out var paused) && paused.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
            throw GatewayException.Invalid("pooled_budget.paused: should be false: a budget cannot be paused here. DELETE the limit, and set it again.");
        CheckCurrency(pool, "pooled_budget.currency");
        if (!TryCents(pool, "amount", "pooled_budget.amount", out var pooled))
            return given ? amount : throw GatewayException.Invalid("pooled_budget.amount: should be there: whole cents as text, or null for no limit.");
        return !given || amount == pooled
            ? pooled
            : throw GatewayException.Invalid(
                "amount: should equal pooled_budget.amount, or be left out: the budget of a group is one for all its keys, with no limit for each. "
                + "Set that with the scope user.");
    }

    private static bool TryCents(JsonElement from, string name, string path, out decimal? amount)
    {
        amount = null;
        if (!from.TryGetProperty(name, out var value))
            return false;
        if (value.ValueKind == JsonValueKind.Null)
            return true;
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 and <= MaxDigits } text || !text.All(char.IsAsciiDigit))
            throw GatewayException.Invalid($"{path}: should be whole cents as text, as in \"50000\", or null for no limit.");
        amount = decimal.Parse(text, CultureInfo.InvariantCulture) / SpendJson.CentsPerUnit;
        return amount > 0
            ? true
            : throw GatewayException.Invalid($"{path}: should be above 0. A key that may spend nothing is revoked: DELETE /admin/v1/keys/{{id}}.");
    }

    private static void CheckCurrency(JsonElement from, string path)
    {
        if (TextOf(from, "currency") is not (null or "USD"))
            throw GatewayException.Invalid($"{path}: should be USD. Budgets in another currency are set at /admin/v1.");
    }

    private static string? TextOf(JsonElement from, string name)
    {
        if (!from.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw GatewayException.Invalid($"{name}: should be text.");
    }
}
