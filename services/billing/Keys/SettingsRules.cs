using System.Buffers;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Keys;

/// <summary>What settings must keep to, every mistake listed by its field.</summary>
internal static class SettingsRules
{
    private const int MaxName = 200;
    private const int MaxGroup = 256;
    private const int MaxDomain = 253;
    private const int MaxModels = 500;
    private const int MaxGroupName = 50;
    private const int MaxRuleValue = 200;
    private static readonly SearchValues<char> GroupNameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");
    private const int MaxWarnings = 10;
    private const int MaxTags = 100;

    /// <summary>Clients take a minute's silence.</summary>
    private const int MaxQueueSeconds = 60;
    private const int MaxMetadata = 50;
    private const int MaxMetadataName = 64;
    private const int MaxMetadataValue = 512;

    /// <summary>In a bucket's units this is still a whole number for a sidecar that reads JSON numbers as doubles.</summary>
    private const long MaxRate = 100_000_000_000;

    public static Dictionary<string, string[]> Check(KeySettings settings)
    {
        var mistakes = new Mistakes();
        CheckCommon(mistakes, settings.Name, settings.Limits, settings.Budget, settings.Metadata);
        CheckModels(mistakes, "models", settings.Models);
        if (settings.TeamId is { } team && !AccountIds.IsTeam(team))
            mistakes.Add("teamId", $"A team's id begins with '{AccountIds.TeamPrefix}'.");
        if (settings.Tags is { } tags)
            CheckTags(mistakes, tags);
        CheckQueue(mistakes, "", settings.QueueSeconds);
        return mistakes.ByField;
    }

    public static Dictionary<string, string[]> Check(GroupSettings settings, bool organization)
    {
        var mistakes = new Mistakes();
        CheckCommon(mistakes, settings.Name, settings.Limits, settings.Budget, settings.Metadata);
        CheckModels(mistakes, "models", settings.Models);
        CheckDefaults(mistakes, "defaults.key.", settings.Defaults?.Key);
        CheckDefaults(mistakes, "defaults.user.", settings.Defaults?.User);
        if (settings.Parent is { } parent)
        {
            if (organization)
                mistakes.Add("parent", "An organisation has no parent.");
            else if (!AccountIds.IsOrganization(parent))
                mistakes.Add("parent", $"The parent of a team is an organisation, whose id begins with '{AccountIds.OrganizationPrefix}'.");
        }

        if (settings.RetentionDays is not null && !organization)
            mistakes.Add("retentionDays", "It is its organisation's: set it there.");
        else if (settings.RetentionDays is < AccountOptions.LeastRetention or > AccountOptions.MostRetention)
            mistakes.Add("retentionDays", $"{AccountOptions.LeastRetention} to {AccountOptions.MostRetention} days; null or nothing is the gateway's own.");
        return mistakes.ByField;
    }

    public static Dictionary<string, string[]> Check(AccessGroupSettings settings)
    {
        var mistakes = new Mistakes();
        if (settings.Name is not { Length: > 0 and <= MaxGroupName } name || name.AsSpan().ContainsAnyExcept(GroupNameCharacters))
            mistakes.Add("name", $"1 to {MaxGroupName} of a-z, 0-9, - and _.");
        if (settings.Models is null)
            mistakes.Add("models", "The models of the group.");
        CheckModels(mistakes, "models", settings.Models);
        return mistakes.ByField;
    }

    public static Dictionary<string, string[]> Check(RuleSettings settings)
    {
        var mistakes = new Mistakes();
        CheckCommon(mistakes, settings.Name, settings.Limits, settings.Budget, null);
        var isGroup = settings.By is { } by && AccessGroups.IsNamedBy(by);
        var isTag = settings.By?.StartsWith(RuleRecord.ByTagPrefix, StringComparison.Ordinal) is true
            && TagNames.IsName(settings.By[RuleRecord.ByTagPrefix.Length..]);
        if (!isGroup && !isTag && settings.By is not (RuleRecord.ByModel or RuleRecord.ByProvider or RuleRecord.ByUser))
        {
            mistakes.Add(
                "by",
                $"{RuleRecord.ByModel}, {RuleRecord.ByProvider}, {RuleRecord.ByUser}, {RuleRecord.ByTagPrefix} and the name of a tag, or "
                + $"{AccessGroups.Prefix} and the name of an access group.");
        }

        if (settings.Value is not null && isGroup)
            mistakes.Add("value", "Leave it out: a group is counted as a whole.");
        else if (settings.Value is { Length: 0 or > MaxRuleValue })
            mistakes.Add("value", $"1 to {MaxRuleValue} characters; null or nothing counts each value by itself.");
        else if (settings is { By: RuleRecord.ByModel, Value: { } model } && model.AsSpan()[..^1].Contains('*'))
            mistakes.Add("value", "A model's id, or the beginning of ids followed by one '*'.");
        if (!(settings.Limits is not null && settings.Limits != new KeyLimits()) && settings.Budget is null)
            mistakes.Add("limits", "A rule has limits, or a budget, or both.");
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

    public static Dictionary<string, string[]> Check(SignInSettings settings)
    {
        var mistakes = new Mistakes();
        if (settings.Rules is not { Count: <= SignInSettings.MaxRules })
            mistakes.Add("rules", $"At most {SignInSettings.MaxRules}.");
        for (var i = 0; i < settings.Rules?.Count && i < SignInSettings.MaxRules; i++)
        {
            var at = $"rules[{i}]";
            if (settings.Rules[i] is not { } rule)
            {
                mistakes.Add(at, "An object.");
                continue;
            }

            if (rule is { TeamId: null, Role: null })
                mistakes.Add(at, "It gives nothing: say teamId, role or both.");
            if (rule.TeamId is { } team && !AccountIds.IsTeam(team))
                mistakes.Add(at + ".teamId", $"A team's id begins with '{AccountIds.TeamPrefix}'.");
            if (rule.Group is { } group && (string.IsNullOrWhiteSpace(group) || group.Length > MaxGroup))
                mistakes.Add(at + ".group", $"1 to {MaxGroup} characters, as the identity provider's claim of groups has it.");
            if (rule.Domain is { } domain && (domain.Length is 0 or > MaxDomain || domain.Contains('@') || !domain.Contains('.')))
                mistakes.Add(at + ".domain", "What follows the at sign of addresses, as in example.com.");
            if (rule.Role is null && rule.Scope is not null)
                mistakes.Add(at + ".scope", "It is the role's, and there is none.");
            if (rule.Role is not null)
            {
                foreach (var (field, text) in Check(new AdminKeySettings { Name = "rule", Role = rule.Role, Scope = rule.Scope }))
                    mistakes.Add($"{at}.{field}", text[0]);
            }
        }

        return mistakes.ByField;
    }

    private static void CheckCommon(Mistakes mistakes, string? name, KeyLimits? limits, KeyBudget? budget, IReadOnlyDictionary<string, string>? metadata)
    {
        if (name?.Length > MaxName)
            mistakes.Add("name", $"At most {MaxName} characters.");
        else if (name is not null && string.IsNullOrWhiteSpace(name))
            mistakes.Add("name", "It is empty. Say a name, or null or nothing for none.");
        CheckLimits(mistakes, "limits.", limits);
        CheckBudget(mistakes, "budget.", budget);
        if (metadata is not null)
            CheckMetadata(mistakes, metadata);
    }

    private static void CheckDefaults(Mistakes mistakes, string path, DefaultSettings? defaults)
    {
        CheckLimits(mistakes, path + "limits.", defaults?.Limits);
        CheckBudget(mistakes, path + "budget.", defaults?.Budget);
        CheckModels(mistakes, path + "models", defaults?.Models);
        CheckQueue(mistakes, path, defaults?.QueueSeconds);
    }

    private static void CheckQueue(Mistakes mistakes, string path, int? seconds)
    {
        if (seconds is < 0 or > MaxQueueSeconds)
            mistakes.Add(path + "queueSeconds", $"Between 0 and {MaxQueueSeconds}; null or nothing is no waiting.");
    }

    private static void CheckLimits(Mistakes mistakes, string path, KeyLimits? limits)
    {
        if (limits is null)
            return;
        foreach (var rate in QuotaDimensions.Rates)
            CheckRate(mistakes, path + rate.LimitName(), limits[rate]);
        CheckRate(mistakes, path + "concurrentRequests", limits.ConcurrentRequests);
    }

    private static void CheckRate(Mistakes mistakes, string field, long? value)
    {
        if (value is < 1 or > MaxRate)
            mistakes.Add(field, $"Between 1 and {MaxRate}; null or nothing is no limit. To stop a key, revoke it.");
    }

    private static void CheckBudget(Mistakes mistakes, string path, KeyBudget? budget)
    {
        if (budget is null)
            return;
        if (budget.Amount is <= 0 or > Cost.Most)
            mistakes.Add(path + "amount", $"Above 0 and at most {Cost.Most}.");
        else if (!IsDouble(budget.Amount))
            mistakes.Add(path + "amount", "At most 15 significant digits.");
        if (budget.MaxReservation is { } most && (most <= 0 || most > Cost.Most || !IsDouble(most)))
            mistakes.Add(path + "maxReservation", $"Above 0 and at most {Cost.Most}, of at most 15 significant digits; null or nothing reserves in full.");
        if (budget.Currency is not { Length: 3 } currency || !currency.All(char.IsAsciiLetterUpper))
            mistakes.Add(path + "currency", "Three capital letters, as in USD.");
        if (!Enum.IsDefined(budget.Period))
            mistakes.Add(path + "period", "day, week, month or total.");
        if (!Enum.IsDefined(budget.Enforcement))
            mistakes.Add(path + "enforcement", "strict or soft.");
        if (budget.WarnAt is { } percents
            && (percents.Count > MaxWarnings || percents.Any(p => p is < 1 or > 100) || percents.Distinct().Count() < percents.Count))
            mistakes.Add(path + "warnAt", $"At most {MaxWarnings} numbers from 1 to 100, none twice; an empty list is no warning.");
        if (budget.Unpriced is { } policy && !Enum.IsDefined(policy))
            mistakes.Add(path + "unpriced", "refuse or allow.");
    }

    /// <summary>The record stands in the key store as a JSON number, which a sidecar may read as a double.</summary>
    private static bool IsDouble(decimal amount) => (decimal)(double)amount == amount;

    private static void CheckModels(Mistakes mistakes, string path, IReadOnlyList<string>? models)
    {
        if (models is { Count: 0 or > MaxModels })
            mistakes.Add(path, $"Between 1 and {MaxModels} models; null or nothing allows all.");
        for (var i = 0; i < models?.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(models[i]) || models[i].AsSpan()[..^1].Contains('*'))
                mistakes.Add($"{path}[{i}]", "A model's id, the beginning of ids followed by one '*', or 'group:' and the name of an access group.");
        }
    }

    private static void CheckTags(Mistakes mistakes, IReadOnlyList<string> tags)
    {
        if (tags.Count > MaxTags)
            mistakes.Add("tags", $"At most {MaxTags} names; null or nothing allows any tag.");
        for (var i = 0; i < tags.Count; i++)
        {
            if (!TagNames.IsName(tags[i]))
                mistakes.Add($"tags[{i}]", $"A tag's name: 1 to {TagNames.MaxLength} letters, digits, '.', '_', '-' and '/'.");
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
