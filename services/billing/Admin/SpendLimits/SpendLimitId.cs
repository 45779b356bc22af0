using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>A limit's id: <c>spl_</c> and its account's id, since an account has one budget.</summary>
internal static class SpendLimitId
{
    private const string Prefix = "spl_";

    /// <summary>A colon is an underscore there, so that ids look like Anthropic's.</summary>
    private static readonly (string Account, string Shown)[] Prefixed =
        [.. new[] { AccountIds.TeamPrefix, AccountIds.OrganizationPrefix, AccountIds.UserPrefix }.Select(prefix => (prefix, prefix.Replace(':', '_')))];

    public static string Of(string accountId)
    {
        foreach (var (account, shown) in Prefixed)
        {
            if (accountId.StartsWith(account, StringComparison.Ordinal))
                return string.Concat(Prefix, shown, accountId.AsSpan(account.Length));
        }

        return Prefix + accountId;
    }

    /// <summary>The account of a limit; null: it is no limit's id.</summary>
    public static string? Account(string id)
    {
        if (!id.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var rest = id[Prefix.Length..];
        foreach (var (account, shown) in Prefixed)
        {
            if (rest.StartsWith(shown, StringComparison.Ordinal))
                rest = string.Concat(account, rest.AsSpan(shown.Length));
        }

        return AccountIds.IsPossible(rest) ? rest : null;
    }
}
