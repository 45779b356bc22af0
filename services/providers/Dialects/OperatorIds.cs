using System.Text.RegularExpressions;

namespace Gateway.Providers.Dialects;

/// <summary>Takes out of a provider's words whose account it is: who runs the gateway is not for its clients.</summary>
internal static partial class OperatorIds
{
    public static string RemoveFrom(string message) => Spaces().Replace(Owner().Replace(Ids().Replace(message, ""), "$1"), " ").Trim();

    /// <summary>Ids that say themselves what they are: with a known prefix and a tail that is no word, resource names, addresses.</summary>
    [GeneratedRegex(
        @"[<(\['""`]?\b(?:org|proj|ak|sk|rk|pk|acct|acc|cust|team|user|ws|wrkspc|key|app|tenant)[-_]"
        + @"(?=[A-Za-z0-9_*-]*(?:[0-9*]|[a-z][A-Z]))[A-Za-z0-9_*-]{5,}[>)\]'""`]?|"
        + @"\b(?:projects|organizations|accounts|teams|folders|billingAccounts|subscriptions|workspaces)/[\w.:-]+|\bproject_number:\d+|"
        + @"\b[\w.+-]+@[\w-]+\.[\w.-]+\w|\barn:aws[\w:/.*-]+",
        RegexOptions.None)]
    private static partial Regex Ids();

    /// <summary>Ids that are told by the word before them.</summary>
    [GeneratedRegex(
        @"\b((?:organi[sz]ation|account|team|project|workspace|tenant|subscription|customer|consumer|api key|user)(?: id| number| name)?)[\s:=#]+"
        + @"[<(\['""`]?(?=[\w:-]*\d)(?:[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[\w:-]{6,})[>)\]'""`]?",
        RegexOptions.IgnoreCase)]
    private static partial Regex Owner();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();
}
