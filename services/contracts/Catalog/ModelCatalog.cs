using System.Collections.Frozen;
using System.Text.Json;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Catalog;

/// <summary>A checked catalog, ready for look-ups. Never changes; a new file makes a new one.</summary>
public sealed class ModelCatalog
{
    private readonly FrozenDictionary<string, ModelEntry> _exact;
    private readonly FrozenDictionary<string, (ModelName Name, ModelEntry Model)[]> _byBase;
    private readonly FrozenDictionary<string, ModelRoutes> _routes;
    private readonly FrozenSet<string> _vendors;

    private ModelCatalog(CatalogFile file)
    {
        File = file;
        var exact = new Dictionary<string, ModelEntry>(StringComparer.Ordinal);
        var spellings = new List<(ModelName Name, ModelEntry Model)>();
        var vendors = new HashSet<string>(file.Providers.Keys, StringComparer.OrdinalIgnoreCase);
        foreach (var model in file.Models)
        {
            var own = ModelName.Parse(model.Id);
            if (own.Vendor is not null)
                vendors.Add(own.Vendor);
            foreach (var spelling in model.Aliases.Prepend(model.Id))
            {
                exact.TryAdd(spelling, model);
                var name = ModelName.Parse(spelling);
                // A bare alias of a prefixed model is still that vendor's: another vendor's prefix must not lead to it.
                spellings.Add((name with { Vendor = name.Vendor ?? own.Vendor }, model));
            }
        }

        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal);
        _byBase = spellings.GroupBy(s => s.Name.Base).ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        _routes = file.Models.ToFrozenDictionary(m => m.Id, m => new ModelRoutes(m, file), StringComparer.Ordinal);
        _vendors = vendors.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    public CatalogFile File { get; }

    public IReadOnlyList<ModelEntry> Models => File.Models;

    /// <exception cref="CatalogException">With every mistake found.</exception>
    public static ModelCatalog Parse(ReadOnlySpan<byte> json, string origin)
    {
        var mistakes = new List<string>();
        CatalogFile? file = null;
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        var bytes = json.ToArray();
        try
        {
            using (var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }))
                CatalogValidator.FindUnknownMembers(document.RootElement, typeof(CatalogFile), "", mistakes);
            file = JsonSerializer.Deserialize(bytes, CatalogJson.Default.CatalogFile);
        }
        catch (JsonException e)
        {
            mistakes.Add(e.Message);
        }

        if (file is not null)
            mistakes.AddRange(CatalogValidator.Check(file));
        if (mistakes.Count > 0 || file is null)
            throw new CatalogException(origin, mistakes);
        var catalog = new ModelCatalog(file);
        catalog.FindUnknownJudges(mistakes);
        return mistakes.Count == 0 ? catalog : throw new CatalogException(origin, mistakes);
    }

    /// <param name="file">One that has been checked.</param>
    public static ModelCatalog Of(CatalogFile file) => new(file);

    /// <summary>Whether every name of a model that <paramref name="before"/> has a price for in some currency has one in that currency here, too.</summary>
    public bool KeepsCurrenciesOf(ModelCatalog before)
    {
        var here = Priced(this).ToHashSet();
        return Priced(before).All(here.Contains);

        static IEnumerable<(string Name, string Currency)> Priced(ModelCatalog catalog) =>
            from model in catalog.Models
            from route in catalog.RoutesOf(model).InOrder
            where route.Price is not null
            from name in model.Aliases.Prepend(model.Id)
            select (name, route.Price!.Currency);
    }

    public ProviderEntry? FindProvider(string name) => File.Providers.GetValueOrDefault(name);

    public ModelRoutes RoutesOf(ModelEntry model) => _routes[model.Id];

    /// <summary>
    /// The model behind a client's spelling: exact first, then without vendor prefix, with dots and dashes alike, and with or without a
    /// date. Where that fits several models it is none of them (<paramref name="ambiguous"/>): never a guess.
    /// </summary>
    public ModelEntry? Find(string requested, out bool ambiguous)
    {
        ambiguous = false;
        if (_exact.TryGetValue(requested, out var model))
            return model;
        var name = ModelName.Parse(requested);
        if (name.Vendor is not null && !_vendors.Contains(name.Vendor))
            return null;
        if (!_byBase.TryGetValue(name.Base, out var candidates))
            return null;
        return Only(candidates.Where(c => Fits(c.Name) && c.Name.Date == name.Date), ref ambiguous)
            ?? (ambiguous ? null : Only(candidates.Where(c => Fits(c.Name) && (c.Name.Date is null || name.Date is null)), ref ambiguous));

        bool Fits(ModelName candidate) =>
            name.Vendor is null || candidate.Vendor is null || string.Equals(name.Vendor, candidate.Vendor, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Models that are to judge tool calls and are not there.</summary>
    private void FindUnknownJudges(List<string> mistakes)
    {
        Check("", File.SafeguardsModel);
        for (var i = 0; i < Models.Count; i++)
        {
            Check($"models[{i}].", Models[i].SafeguardsModel);
            for (var j = 0; j < Models[i].Routes.Count; j++)
                Check($"models[{i}].routes[{j}].", Models[i].Routes[j].SafeguardsModel);
        }

        void Check(string place, string? model)
        {
            if (model is not (null or KeyRecord.NoSafeguardsModel) && Find(model, out _) is null)
                mistakes.Add($"{place}safeguardsModel: there is no model '{model}'; a model's id or alias, or '{KeyRecord.NoSafeguardsModel}'");
        }
    }

    private static ModelEntry? Only(IEnumerable<(ModelName Name, ModelEntry Model)> found, ref bool ambiguous)
    {
        ModelEntry? only = null;
        foreach (var (_, model) in found)
        {
            if (only is not null && only != model)
            {
                ambiguous = true;
                return null;
            }

            only = model;
        }

        return only;
    }
}
