namespace Gateway.ProviderAdapter.Web;

/// <summary>The rules of one site for one robot: of the groups that name it, else of those for all. The longest that fits counts.</summary>
internal sealed class RobotsRules
{
    private const int MaxRules = 10_000;

    private readonly List<(string Path, bool Allow)> _rules = [];

    public static RobotsRules Parse(string text, string agent)
    {
        var token = Token(agent);
        RobotsRules own = new(), all = new();
        bool forUs = false, forAll = false, named = false, inRules = false;
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw;
            if (line.IndexOf('#') is >= 0 and var comment)
                line = line[..comment];
            if (line.IndexOf(':') is not (> 0 and var colon))
                continue;
            var name = line[..colon].Trim();
            var value = line[(colon + 1)..].Trim();
            if (name.Equals("user-agent", StringComparison.OrdinalIgnoreCase))
            {
                if (inRules)
                    forUs = forAll = inRules = false;
                forAll |= value is "*";
                forUs |= Token(value.ToString()).Equals(token, StringComparison.OrdinalIgnoreCase);
                named |= forUs;
                continue;
            }

            var allow = name.Equals("allow", StringComparison.OrdinalIgnoreCase);
            if (!allow && !name.Equals("disallow", StringComparison.OrdinalIgnoreCase))
                continue;
            inRules = true;
            if (value.Length == 0)
                continue;
            if (forUs && own._rules.Count < MaxRules)
                own._rules.Add((value.ToString(), allow));
            if (forAll && all._rules.Count < MaxRules)
                all._rules.Add((value.ToString(), allow));
        }

        return named ? own : all;
    }

    public bool Allow(string path)
    {
        var (longest, allowed) = (-1, true);
        foreach (var (rule, allow) in _rules)
        {
            // Of two of the same length the one that allows counts.
            if ((rule.Length > longest || (rule.Length == longest && allow)) && Fits(rule, path))
                (longest, allowed) = (rule.Length, allow);
        }

        return allowed;
    }

    /// <summary>A name without its version.</summary>
    private static string Token(string agent)
    {
        var end = agent.AsSpan().IndexOfAny('/', ' ');
        return end < 0 ? agent : agent[..end];
    }

    private static bool Fits(ReadOnlySpan<char> rule, ReadOnlySpan<char> path)
    {
        var toEnd = rule.EndsWith("$");
        if (toEnd)
            rule = rule[..^1];
        var first = true;
        while (rule.IndexOf('*') is >= 0 and var star)
        {
            var piece = rule[..star];
            var at = first ? (path.StartsWith(piece) ? 0 : -1) : path.IndexOf(piece);
            if (at < 0)
                return false;
            path = path[(at + piece.Length)..];
            rule = rule[(star + 1)..];
            first = false;
        }

        if (first)
            return toEnd ? path.SequenceEqual(rule) : path.StartsWith(rule);
        return toEnd ? path.EndsWith(rule) : path.IndexOf(rule) >= 0;
    }
}
