using System.Text.RegularExpressions;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// What depends on a model's generation, which is in its name and nowhere else. Names without a number (<c>gemini-flash-latest</c>, tuned
/// models) stand for the newest.
/// </summary>
internal static partial class ModelGeneration
{
    /// <summary>From Gemini 3 on thinking has levels, and calls without their thought signature are refused.</summary>
    public static bool HasLevels(string model) => !BeforeLevels().IsMatch(model);

    [GeneratedRegex(@"(?:^|/)gemini-(?:[12](?:\.\d+)?|robotics-er-1)(?:-|$)", RegexOptions.IgnoreCase)]
    private static partial Regex BeforeLevels();
}
