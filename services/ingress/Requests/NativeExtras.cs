using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Ingress.Requests;

/// <summary>
/// Newer parts of the Messages API that a request can do without or say in an older way, for endpoints that speak the API and are not
/// Anthropic. Each goes together with the betas that announce it (rule E114).
/// </summary>
internal static partial class NativeExtras
{
    /// <summary>Tools that change on the way: they become the list of tools.</summary>
    public const string ToolChanges = "tool_addition";

    /// <summary>System messages between the others: they become the user's.</summary>
    public const string SystemMessages = "role system";

    private static readonly FrozenDictionary<string, string[]> Betas = new Dictionary<string, string[]>
    {
        [ToolChanges] = ["mid-conversation-tool-changes", "inline-tools"],
        ["safeguards"] = ["dangerous-tool-use"],
        ["context_management"] = ["context-management"],
        ["diagnostics"] = [],
        ["fallbacks"] = [],
        ["speed"] = ["fast-mode"],
        ["tags"] = ["request-tags"],
        ["billing_policy"] = [],
        ["service_tier"] = [],
        ["effort"] = ["effort"],
        ["clear_at"] = ["per-turn-control"],
        ["defer_loading"] = ["advanced-tool-use", "tool-search-tool"],
        ["eager_input_streaming"] = ["fine-grained-tool-streaming"],
        ["strict"] = [],
        ["input_examples"] = [],
        ["allowed_callers"] = [],
        ["scope"] = ["prompt-caching-scope"],
        ["ttl"] = ["extended-cache-ttl"],
        [SystemMessages] = ["mid-conversation-system"],
    }.ToFrozenDictionary();

    /// <summary>Members of the request itself.</summary>
    public static bool IsField(string name) =>
        name is "safeguards" or "context_management" or "diagnostics" or "fallbacks" or "speed" or "tags" or "billing_policy" or "service_tier";

    /// <summary>Members of a tool.</summary>
    public static bool IsOfTool(string name) =>
        name is "defer_loading" or "eager_input_streaming" or "strict" or "input_examples" or "allowed_callers";

    /// <summary>Whether a beta goes with what is left out; one that is named itself goes alone.</summary>
    public static bool IsLeftOut(string beta, IReadOnlySet<string> without) =>
        without.Contains(beta) || without.Any(w => Betas.TryGetValue(w, out var own) && own.Any(b => beta.StartsWith(b, StringComparison.Ordinal)));

    /// <summary>
    /// What more to leave out after a refusal: what it names; where it names nothing, first the changes of tools, then all the rest.
    /// Null where it is about something else, or nothing is left.
    /// </summary>
    public static FrozenSet<string>? After(string message, ReadOnlySpan<byte> body, IEnumerable<string> betas, FrozenSet<string> without)
    {
        var present = new List<string>();
        foreach (var name in Betas.Keys)
        {
            if (!without.Contains(name) && body.IndexOf(name == SystemMessages ? "\"system\""u8 : Encoding.ASCII.GetBytes($"\"{name}\"")) >= 0)
                present.Add(name);
        }

        if (body.IndexOf("\"tool_removal\""u8) >= 0 && !without.Contains(ToolChanges) && !present.Contains(ToolChanges))
            present.Add(ToolChanges);
        var named = present.Where(n => Names(message, n)).ToList();
        var announced = betas.Where(b => !without.Contains(b) && message.Contains(b, StringComparison.OrdinalIgnoreCase)).ToList();
        named.AddRange(present.Where(n => announced.Exists(b => Betas[n].Any(p => b.StartsWith(p, StringComparison.Ordinal)))));
        named.AddRange(announced);
        if (named.Count == 0 && SaysNothing(message))
            named = present.Contains(ToolChanges) ? [ToolChanges] : present;
        return named.Count == 0 ? null : without.Union(named).ToFrozenSet();
    }

    private static bool Names(string message, string extra)
    {
        if (extra == SystemMessages)
            return SystemRole().IsMatch(message);
        if (extra == ToolChanges && message.Contains("tool_removal", StringComparison.Ordinal))
            return true;
        return Regex.IsMatch(message, $@"(?<![A-Za-z_]){extra}(?![A-Za-z_])") && Refuses().IsMatch(message);
    }

    /// <summary>Not about anything that the client can mend or is told of in its own way.</summary>
    private static bool SaysNothing(string message) => message.Length <= 100 && !Subjects().IsMatch(message);

    [GeneratedRegex(@"role.{0,60}(?:'user'|""user""|user or assistant)|role.{0,20}system|system.{0,20}role", RegexOptions.IgnoreCase)]
    private static partial Regex SystemRole();

    [GeneratedRegex(
        "extra|unknown|unrecognized|unexpected|unsupported|not (?:supported|permitted|allowed|known|valid)|does not|doesn't|should not exist|"
        + "invalid|additional",
        RegexOptions.IgnoreCase)]
    private static partial Regex Refuses();

    [GeneratedRegex(
        "prompt|token|context|length|too (?:long|large|many)|credit|balance|quota|billing|model|image|document|pdf|file|tool_use|tool_result|"
        + "thinking|signature|temperature|top_|stop|alternat|safety|polic|flagged|empty|required|missing|unique|at least|json",
        RegexOptions.IgnoreCase)]
    private static partial Regex Subjects();
}
