namespace Gateway.Billing.Admin;

/// <summary>What a usage report is grouped by.</summary>
/// <param name="By">The fields of its lines.</param>
/// <param name="Tags">The names of tags, in the order they were asked for, where <see cref="UsageGrouping.Tag"/> is among the fields.</param>
internal readonly record struct UsageGroups(UsageGrouping By, IReadOnlyList<string> Tags)
{
    private const UsageGrouping OfOrigin =
        UsageGrouping.Hour | UsageGrouping.User | UsageGrouping.Session | UsageGrouping.Agent | UsageGrouping.RequestClass | UsageGrouping.Tag;

    /// <summary>Whether roll-ups of days do not say it.</summary>
    public bool NeedFacts => (By & OfOrigin) != 0;

    public bool Has(UsageGrouping one) => (By & one) != 0;
}
