using System.Collections.Frozen;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Catalog;

/// <summary>A checked catalog, ready for look-ups. Never changes; a new file makes a new one.</summary>
public sealed class ModelCatalog
{
    private readonly FrozenDictionary<string, ModelEntry> _exact;
    private readonly FrozenDictionary<string, Spelling[]> _byBase;
    private readonly NamePattern[] _patterns;
    private readonly FrozenDictionary<string, ModelRoutes> _routes;
    private readonly FrozenSet<string> _vendors;

    private ModelCatalog(CatalogFile file, int own)
    {
        File = file;
        var exact = new Dictionary<string, ModelEntry>(StringComparer.Ordinal);
        var spellings = new List<Spelling>();
        var patterns = new List<NamePattern>();
        var vendors = new HashSet<string>(file.Providers.Keys, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < file.Models.Count; i++)
        {
            var model = file.Models[i];
            var vendor = ModelName.Parse(model.Id).Vendor;
            if (vendor is not null)
                vendors.Add(vendor);
            foreach (var name in model.Aliases.Prepend(model.Id))
            {
                if (NamePattern.Is(name))
                {
                    patterns.Add(new NamePattern(name[..^1], model));
                    continue;
                }

                exact.TryAdd(name, model);
                var spelling = ModelName.Parse(name);
                // A bare alias of a prefixed model is still that vendor's: another vendor's prefix must not lead to it.
                spellings.Add(new Spelling(spelling with { Vendor = spelling.Vendor ?? vendor }, model, IsOwn: i < own));
            }
        }

        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal);
        _byBase = spellings.GroupBy(s => s.Name.Base).ToFrozenDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal);
        _patterns = [.. patterns.OrderByDescending(p => p.Prefix.Length)];
        _routes = file.Models.ToFrozenDictionary(m => m.Id, m => new ModelRoutes(m, file), StringComparer.Ordinal);
        _vendors = vendors.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Everything that is in force, as one file that stands by itself.</summary>
    public CatalogFile File { get; }

    /// <summary>Patterns among them.</summary>
    public IReadOnlyList<ModelEntry> Models => File.Models;

    /// <summary>A catalog file over the catalog that ships, or by itself where it says so.</summary>
    /// <exception cref="CatalogException">With every mistake found.</exception>
    public static ModelCatalog Parse(ReadOnlySpan<byte> json, string origin)
    {
        var layer = CatalogLayer.Read(json, origin);
        return Of(layer.StandsAlone ? layer : CatalogLayer.ReadDefault().With(layer), origin);
    }

    /// <exception cref="CatalogException">With every mistake found.</exception>
    public static ModelCatalog Of(CatalogLayer layer, string origin)
    {
        var file = CatalogReader.Bind(layer, origin);
        IReadOnlyList<string> places = [.. layer.Models.Select(m => m.Place)];
        List<string> mistakes = [.. layer.Mistakes, .. CatalogValidator.Check(file, places)];
        if (mistakes.Count > 0)
            throw new CatalogException(origin, mistakes);
        var catalog = new ModelCatalog(file, layer.Own);
        catalog.FindUnknownJudges(places, mistakes);
        return mistakes.Count == 0 ? catalog : throw new CatalogException(origin, mistakes);
    }

    /// <param name="file">One that has been checked.</param>
    public static ModelCatalog Of(CatalogFile file) => new(file, file.Models.Count);

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

    /// <summary>Of a model that this catalog has found.</summary>
    public ModelRoutes RoutesOf(ModelEntry model) => _routes.TryGetValue(model.Id, out var routes) ? routes : new ModelRoutes(model, File);

    /// <summary>
    /// The model behind a client's spelling: exact first, then without vendor prefix, with dots and dashes alike, and with or without a
    /// date; then by the longest pattern. Where that fits several models it is none of them (<paramref name="ambiguous"/>): never a guess.
    /// </summary>
    public ModelEntry? Find(string requested, out bool ambiguous)
    {
        ambiguous = false;
        if (_exact.TryGetValue(requested, out var model))
            return model;
        if (requested.StartsWith(PickerNames.Prefix, StringComparison.OrdinalIgnoreCase))
        {
            requested = requested[PickerNames.Prefix.Length..];
            if (_exact.TryGetValue(requested, out model))
                return model;
        }

        if ((model = FindSpelling(ModelName.Parse(requested), ref ambiguous)) is not null || ambiguous)
            return model;
        foreach (var pattern in _patterns)
        {
            if (pattern.Fill(requested) is { } filled)
                return filled;
        }

        return null;
    }

    /// <summary>
    /// The models that an entry of a key's list means, patterns among them; and of those that no model is named for, the one it names, or of many an example.
    /// </summary>
    public IEnumerable<ModelEntry> MeantBy(string entry)
    {
        var named = Models.Where(m => m.IsMeantBy(entry));
        return Find(NamePattern.ExampleOf(entry), out _) is { } other && other.IsMeantBy(entry) ? named.Append(other).Distinct() : named;
    }

    /// <summary>The ids of up to three models whose names are near to one that none has: some letters differ, or a part is missing.</summary>
    public IReadOnlyList<string> Near(string requested, Func<ModelEntry, bool> mayUse)
    {
        var name = ModelName.Parse(requested).Base;
        return name.Length is 0 or > NameDistance.MaxLength
            ? []
            : [.. _byBase.SelectMany(b => b.Value.Select(s => (s.Model, Distance: NameDistance.Of(name, b.Key))))
                .Where(n => n.Distance <= NameDistance.Near(name) && mayUse(n.Model))
                .GroupBy(n => n.Model.Id, (id, all) => (Id: id, Distance: all.Min(n => n.Distance)))
                .OrderBy(n => n.Distance).ThenBy(n => n.Id, StringComparer.Ordinal)
                .Take(3).Select(n => n.Id)];
    }

    private ModelEntry? FindSpelling(ModelName name, ref bool ambiguous)
    {
        if ((name.Vendor is not null && !_vendors.Contains(name.Vendor)) || !_byBase.TryGetValue(name.Base, out var candidates))
            return null;
        return Only(candidates.Where(c => Fits(c.Name) && c.Name.Date == name.Date), ref ambiguous)
            ?? (ambiguous ? null : Only(candidates.Where(c => Fits(c.Name) && (c.Name.Date is null || name.Date is null)), ref ambiguous));

        bool Fits(ModelName candidate) =>
            name.Vendor is null || candidate.Vendor is null || string.Equals(name.Vendor, candidate.Vendor, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Models that are to judge tool calls and are not there.</summary>
    private void FindUnknownJudges(IReadOnlyList<string> places, List<string> mistakes)
    {
        Check("", File.SafeguardsModel);
        for (var i = 0; i < Models.Count; i++)
        {
            Check(places[i] + ".", Models[i].SafeguardsModel);
            for (var j = 0; j < Models[i].Routes.Count; j++)
                Check($"{places[i]}.routes[{j}].", Models[i].Routes[j].SafeguardsModel);
        }

        void Check(string place, string? model)
        {
            if (model is not (null or KeyRecord.NoSafeguardsModel) && Find(model, out _) is null)
                mistakes.Add($"{place}safeguardsModel: there is no model '{model}'; a model's id or alias, or '{KeyRecord.NoSafeguardsModel}'");
        }
    }

    /// <summary>Of several, what the operator wrote comes before what ships.</summary>
    private static ModelEntry? Only(IEnumerable<Spelling> found, ref bool ambiguous)
    {
        Spelling? only = null;
        var several = false;
        foreach (var spelling in found)
        {
            if (only is { } other && other.Model != spelling.Model && other.IsOwn == spelling.IsOwn)
                several = true;
            else if (only is not { IsOwn: true })
                (only, several) = (spelling, false);
        }

        ambiguous = several;
        return several ? null : only?.Model;
    }

    private readonly record struct Spelling(ModelName Name, ModelEntry Model, bool IsOwn);
}
