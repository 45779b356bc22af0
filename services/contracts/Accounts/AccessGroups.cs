using Gateway.Contracts.Catalog;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// All access groups, named lists of models, as they stand in the state store <c>keys</c> under <see cref="KeyStoreKeys.AccessGroups"/>. A name that none
/// has means no model.
/// </summary>
public sealed record AccessGroups
{
    /// <summary>What an entry begins with, in a list of models, that means all models of a group.</summary>
    public const string Prefix = "group:";

    public static AccessGroups None { get; } = new();

    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }

    /// <summary>The models of each by its name, with the prefix: entries as in <see cref="KeyRecord.Models"/>, but no groups.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Models { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public static bool IsNamedBy(string entry) => entry.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether a list has the name of any group in it.</summary>
    public static bool AreNamedIn(IReadOnlyList<string>? models)
    {
        for (var i = 0; i < models?.Count; i++)
        {
            if (IsNamedBy(models[i]))
                return true;
        }

        return false;
    }

    /// <summary>The entry by which a list allows a model; null: it does not.</summary>
    public string? Allowing(IReadOnlyList<string> models, ModelEntry model)
    {
        for (var i = 0; i < models.Count; i++)
        {
            if (IsNamedBy(models[i]) ? Has(models[i], model) : model.IsMeantBy(models[i]))
                return models[i];
        }

        return null;
    }

    /// <summary>Whether a model is in the group.</summary>
    /// <param name="group">The group's name, with its prefix.</param>
    /// <param name="model">The model.</param>
    public bool Has(string group, ModelEntry model)
    {
        if (!Models.TryGetValue(group, out var entries))
            return false;
        for (var i = 0; i < entries.Count; i++)
        {
            if (model.IsMeantBy(entries[i]))
                return true;
        }

        return false;
    }

    /// <summary>The same list with the groups' models in the place of their names.</summary>
    public IEnumerable<string> Open(IEnumerable<string> models) =>
        models.SelectMany(entry => !IsNamedBy(entry) ? [entry] : Models.GetValueOrDefault(entry, []));
}
