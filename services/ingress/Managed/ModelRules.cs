using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;

namespace Gateway.Ingress.Managed;

/// <summary>
/// The models that managed settings let their users have, by the rules of Anthropic's own gateway: a family's word means all of it unless the list also
/// names one of it; a name means what begins so; what is denied is denied whatever else is said. A model has several names here: one that fits will do.
/// </summary>
internal sealed class ModelRules
{
    private static readonly string[] Families = ["fable", "opus", "sonnet", "haiku"];
    private const string Vendor = "claude-";

    /// <summary>Of <c>-20250929</c>.</summary>
    private const int DateLength = 9;

    private readonly string[]? _available;
    private readonly string[] _denied;
    private readonly bool _exact;

    private ModelRules(string[]? available, string[] denied, bool exact) => (_available, _denied, _exact) = (available, denied, exact);

    /// <summary>Null where the settings say nothing of models.</summary>
    public static ModelRules? Of(JsonObject settings)
    {
        var (available, denied) = (TextsOf(settings["availableModels"]), TextsOf(settings["deniedModels"]));
        return available is null && denied is null
            ? null
            : new ModelRules(available, denied ?? [], TextOf(settings["availableModelsMatch"]) == "exact");
    }

    public bool Allows(ModelEntry model) => MistakeIn(model) is null;

    /// <summary>The setting that forbids the model; null: none does.</summary>
    public string? MistakeIn(ModelEntry model)
    {
        var names = NamesOf(model).ToList();
        if (_denied.Any(entry => names.Any(name => Fits(entry, name, _denied))))
            return "deniedModels";
        return _available is null || _available.Any(entry => names.Any(name => Fits(entry, name, _available))) ? null : "availableModels";
    }

    private bool Fits(string entry, string name, string[] list)
    {
        if (Families.Contains(entry))
            return (list == _denied || !list.Any(other => IsOneOf(entry, other))) && HasWord(name, entry);
        if (entry.EndsWith('*'))
            return name.StartsWith(entry[..^1], StringComparison.Ordinal);
        if (_exact && list != _denied)
            return IsName(entry, name) || IsName(Vendor + entry, name);
        return Begins(entry, name) || Begins(Vendor + entry, name);
    }

    /// <summary>Whether the entry names something of the family, so that the family's word alone no longer means all of it.</summary>
    private static bool IsOneOf(string family, string entry) =>
        entry != family && entry.IndexOf(family, StringComparison.Ordinal) is >= 0 and var at
        && (at + family.Length == entry.Length || entry[at + family.Length] == '-');

    private static bool Begins(string entry, string name) =>
        name.StartsWith(entry, StringComparison.Ordinal) && (name.Length == entry.Length || name[entry.Length] == '-');

    /// <summary>The name itself, with a date or without.</summary>
    private static bool IsName(string entry, string name) =>
        Begins(entry, name) && (name.Length == entry.Length
            || (name.Length - entry.Length == DateLength && !name.AsSpan(entry.Length + 1).ContainsAnyExceptInRange('0', '9')));

    private static bool HasWord(string name, string word)
    {
        for (var at = name.IndexOf(word, StringComparison.Ordinal); at >= 0; at = name.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsAsciiLetterOrDigit(name[at - 1])) && (end == name.Length || !char.IsAsciiLetterOrDigit(name[end])))
                return true;
        }

        return false;
    }

    /// <summary>The id and the aliases, each also without its vendor.</summary>
    private static IEnumerable<string> NamesOf(ModelEntry model)
    {
        foreach (var name in model.Aliases.Prepend(model.Id).Select(Normal))
        {
            yield return name;
            if (name.LastIndexOf('/') is >= 0 and var slash)
                yield return name[(slash + 1)..];
        }
    }

    private static string Normal(string name) => name.Trim().ToLowerInvariant().Replace('.', '-').Replace("[1m]", "", StringComparison.Ordinal);

    private static string[]? TextsOf(JsonNode? list) => list is JsonArray items ? [.. items.Select(TextOf).OfType<string>().Select(Normal)] : null;

    private static string? TextOf(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? (string?)value : null;
}
