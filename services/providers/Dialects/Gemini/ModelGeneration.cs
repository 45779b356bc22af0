using System.Text.RegularExpressions;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// What depends on a model's generation, which is in its name and nowhere else. Names without a number (<c>gemini-flash-latest</c>, tuned
/// models) stand for the newest.
/// </summary>
internal static partial class ModelGeneration
{
    /// <summary>
    /// What stands for the signature of a call that the model did not make, such as one of another provider before a change of models.
    /// https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
    /// </summary>
    public const string ForeignSignature = "skip_thought_signature_validator";

    /// <summary>From Gemini 3 on thinking has levels, and calls without their thought signature are refused.</summary>
    public static bool HasLevels(string model) => !BeforeLevels().IsMatch(model);

    /// <summary>
    /// "Function calling with a response mime type: 'application/json' is unsupported": the models before Gemini 3, on every API of theirs.
    /// https://ai.google.dev/gemini-api/docs/structured-output
    /// </summary>
    public static bool HasNoSchemaBesideTools(string model) => BeforeLevels().IsMatch(model);

    [GeneratedRegex(@"(?:^|/)gemini-(?:[12](?:\.\d+)?|robotics-er-1)(?:-|$)", RegexOptions.IgnoreCase)]
    private static partial Regex BeforeLevels();
}
