using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Providers.Clouds;

/// <summary>
/// Which generation of Claude an id is, in whatever spelling: <c>us.anthropic.claude-opus-4-6-v1</c>, <c>claude-haiku-4-5@20251001</c>,
/// <c>claude-3-7-sonnet-20250219</c>. A name that does not tell, a deployment's, counts as the newest.
/// </summary>
public readonly partial record struct ClaudeVersion(int Major, int Minor, string Family)
{
    public static ClaudeVersion Of(string model)
    {
        var match = Name().Match(model);
        if (!match.Success)
            return new(int.MaxValue, 0, "");
        return new(Number(match.Groups["major"]), match.Groups["minor"].Success ? Number(match.Groups["minor"]) : 0, match.Groups["family"].Value);
    }

    public bool IsBefore(int major, int minor) => (Major, Minor).CompareTo((major, minor)) < 0;

    public bool IsBefore(ClaudeVersion other) => IsBefore(other.Major, other.Minor);

    public bool Is(int major, int minor) => Major == major && Minor == minor;

    private static int Number(Group digits) => int.Parse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"claude-(?:(?<family>[a-z]+)-)?(?<major>\d{1,2})(?:[-.](?<minor>\d{1,2}))?(?!\d)", RegexOptions.IgnoreCase)]
    private static partial Regex Name();
}
