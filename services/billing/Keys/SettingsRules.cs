using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Keys;

/// <summary>What settings must keep to, every mistake listed by its field.</summary>
internal static class SettingsRules
{
    private const int MaxName = 200;
    private const int MaxModels = 500;
    private const int MaxWarnings = 10;
    private const int MaxMetadata = 50;
    private const int MaxMetadataName = 64;
    private const int MaxMetadataValue = 512;

    /// <summary>In a bucket's units this is still a whole number for a sidecar that reads JSON numbers as doubles.</summary>
    private const long MaxRate = 100_000_000_000;

    public static Dictionary<string, string[]> Check(KeySettings settings)
    {
        var mistakes = new Mistakes();
        CheckCommon(mistakes, settings.Name, settings.Limits, settings.Budget, settings.Metadata);
        if (settings.Models is { } models)
            CheckModels(mistakes, models);
        if (settings.TeamId is { } team && !AccountIds.IsTeam(team))
            mistakes.Add("teamId", $"A team's id begins with '{AccountIds.TeamPrefix}'.");
        return mistakes.ByField;
    }

    public static Dictionary<string, string[]> Check(GroupSettings settings, bool organization)
    {
        var mistakes = new Mistakes();
        CheckCommon(mistakes, settings.Name, settings.Limits, settings.Budget, settings.Metadata);
        if (settings.Parent is { } parent)
        {
            if (organization)
                mistakes.Add("parent", "An organisation has no parent.");
            else if (!AccountIds.IsOrganization(parent))
                mistakes.Add("parent", $"The parent of a team is an organisation, whose id begins with '{AccountIds.OrganizationPrefix}'.");
        }

        return mistakes.ByField;
    }

    public static Dictionary<string, string[]> Check(AdminKeySettings settings)
    {
        var mistakes = new Mistakes();
        CheckCommon(mistakes, settings.Name, null, null, null);
        if (settings.Name is null)
            mistakes.Add("name", "Whose key it is: it stands in the audit trail.");
        if (settings.Role is not { } role || !Enum.IsDefined(role))
            mistakes.Add("role", "owner, admin, billing_reader, team_admin or auditor.");
        if (settings.Scope is { Count: 0 or > AdminKeySettings.MaxScope })
            mistakes.Add("scope", $"Between 1 and {AdminKeySettings.MaxScope} teams and organisations; null or nothing is everything.");
        else if (settings is { Role: AdminRole.Owner, Scope: not null })
            mistakes.Add("scope", "An owner has none. Leave it out, or use the role admin.");
        else if (settings is { Role: AdminRole.TeamAdmin, Scope: null })
            mistakes.Add("scope", "The teams, or organisations, whose keys it is for.");
        return mistakes.ByField;
    }

    private static void CheckCommon(Mistakes mistakes, string? name, KeyLimits? limits, KeyBudget? budget, IReadOnlyDictionary<string, string>? metadata)
    {
        if (name?.Length > MaxName)
            mistakes.Add("name", $"At most {MaxName} characters.");
        else if (name is not null && string.IsNullOrWhiteSpace(name))
            mistakes.Add("name", "It is empty. Say a name, or null or nothing for none.");
        if (limits is not null)
        {
            foreach (var rate in QuotaDimensions.Rates)
                CheckRate(mistakes, "limits." + rate.LimitName(), limits[rate]);
            CheckRate(mistakes, "limits.concurrentRequests", limits.ConcurrentRequests);
        }

        if (budget is not null)
            CheckBudget(mistakes, budget);
        if (metadata is not null)
            CheckMetadata(mistakes, metadata);
    }

    private static void CheckRate(Mistakes mistakes, string field, long? value)
    {
        if (value is < 1 or > MaxRate)
            mistakes.Add(field, $"Between 1 and {MaxRate}; null or nothing is no limit. To stop a key, revoke it.");
    }

    private static void CheckBudget(Mistakes mistakes, KeyBudget budget)
    {
        if (budget.Amount is <= 0 or > Cost.Most)
            mistakes.Add("budget.amount", $"Above 0 and at most {Cost.Most}.");
        else if (!IsDouble(budget.Amount))
            mistakes.Add("budget.amount", "At most 15 significant digits.");
        if (budget.MaxReservation is { } most && (most <= 0 || most > Cost.Most || !IsDouble(most)))
            mistakes.Add("budget.maxReservation", $"Above 0 and at most {Cost.Most}, of at most 15 significant digits; null or nothing reserves in full.");
        if (budget.Currency is not { Length: 3 } currency || !currency.All(char.IsAsciiLetterUpper))
            mistakes.Add("budget.currency", "Three capital letters, as in USD.");
        if (!Enum.IsDefined(budget.Period))
            mistakes.Add("budget.period", "day, week, month or total.");
        if (!Enum.IsDefined(budget.Enforcement))
            mistakes.Add("budget.enforcement", "strict or soft.");
        if (budget.WarnAt is { } percents
            && (percents.Count > MaxWarnings || percents.Any(p => p is < 1 or > 100) || percents.Distinct().Count() < percents.Count))
            mistakes.Add("budget.warnAt", $"At most {MaxWarnings} numbers from 1 to 100, none twice; an empty list is no warning.");
        if (budget.Unpriced is { } policy && !Enum.IsDefined(policy))
            mistakes.Add("budget.unpriced", "refuse or allow.");
    }

    /// <summary>The record stands in the key store as a JSON number, which a sidecar may read as a double.</summary>
    private static bool IsDouble(decimal amount) => (decimal)(double)amount == amount;

    private static void CheckModels(Mistakes mistakes, IReadOnlyList<string> models)
    {
        if (models.Count is 0 or > MaxModels)
            mistakes.Add("models", $"Between 1 and {MaxModels} models; null or nothing allows all.");
        for (var i = 0; i < models.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(models[i]) || models[i].AsSpan()[..^1].Contains('*'))
                mistakes.Add($"models[{i}]", "A model's id, or the beginning of ids followed by one '*'.");
        }
    }

    private static void CheckMetadata(Mistakes mistakes, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count > MaxMetadata)
            mistakes.Add("metadata", $"At most {MaxMetadata} entries.");
        foreach (var (name, value) in metadata)
        {
            if (name.Length is 0 or > MaxMetadataName || value is null || value.Length > MaxMetadataValue)
                mistakes.Add("metadata." + name, $"A name of 1 to {MaxMetadataName} characters and a text of at most {MaxMetadataValue}.");
        }
    }

    private sealed class Mistakes
    {
        public Dictionary<string, string[]> ByField { get; } = [];

        public void Add(string field, string mistake) => ByField[field] = [.. ByField.GetValueOrDefault(field, []), mistake];
    }
}
