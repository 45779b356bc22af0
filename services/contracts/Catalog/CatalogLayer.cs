using System.Text.Json.Nodes;

namespace Gateway.Contracts.Catalog;

/// <summary>A catalog as it was written, before it is merged with others and made <see cref="ModelCatalog"/>: the default, a fetched list, a file.</summary>
public sealed class CatalogLayer
{
    internal const string ProvidersMember = "providers";
    internal const string ModelsMember = "models";
    private const string SafeguardsMember = "safeguardsModel";

    private CatalogLayer(IReadOnlyDictionary<string, JsonObject?> providers, IReadOnlyList<(string Place, JsonObject Model)> models)
    {
        Providers = providers;
        Models = models;
        Own = models.Count;
    }

    /// <summary>By name; a null takes the provider below away.</summary>
    internal IReadOnlyDictionary<string, JsonObject?> Providers { get; }

    /// <summary>Each with where it stands, for what is said of it.</summary>
    internal IReadOnlyList<(string Place, JsonObject Model)> Models { get; }

    /// <summary>The other members, by name; a null takes what is below away.</summary>
    internal IReadOnlyDictionary<string, JsonNode?> Others { get; private init; } = new Dictionary<string, JsonNode?>();

    /// <summary>What was found when it was read and can wait for what else is found.</summary>
    internal IReadOnlyList<string> Mistakes { get; private init; } = [];

    /// <summary>How many of the models, from the first on, are of the uppermost layer.</summary>
    internal int Own { get; private init; }

    /// <summary>Nothing below it counts.</summary>
    public bool StandsAlone { get; private init; }

    /// <summary>The catalog that ships with the gateway.</summary>
    public static CatalogLayer ReadDefault()
    {
        using var stream = typeof(CatalogLayer).Assembly.GetManifestResourceStream("default-catalog.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes, "that ships with the gateway", "default: ");
    }

    /// <summary>A catalog file.</summary>
    /// <exception cref="CatalogException">It is not JSON, or a value is of another kind than it should be: all of them, each with its place.</exception>
    public static CatalogLayer Read(ReadOnlySpan<byte> json, string origin) => Read(json, origin, "");

    private static CatalogLayer Read(ReadOnlySpan<byte> json, string origin, string place)
    {
        var mistakes = new List<string>();
        var root = CatalogReader.Read(json, origin, mistakes);
        if (root["extends"] is { } extends && (string?)extends != "default")
            mistakes.Add($"extends: '{extends}' is unknown; the only catalog to extend is \"default\", and \"default\": false extends none");
        else if (root["extends"] is not null && root["default"] is { } given && !(bool)given)
            mistakes.Add("default: false contradicts extends; give one of them");
        return Of(root, place, root["default"] is { } standard && !(bool)standard, mistakes);
    }

    /// <summary>
    /// A list of models and their prices from elsewhere, which is trusted with nothing else: where providers are, and so where their credentials go, is
    /// not for it to say.
    /// </summary>
    /// <exception cref="CatalogException">As for a file; or it has anything but models.</exception>
    public static CatalogLayer ReadList(ReadOnlySpan<byte> json, string origin)
    {
        var mistakes = new List<string>();
        var root = CatalogReader.Read(json, origin, mistakes);
        mistakes.AddRange(root.Select(m => m.Key).Where(name => name is not ("$schema" or ModelsMember))
            .Select(name => $"{name}: a fetched list has models only"));
        mistakes.AddRange((root[ModelsMember]?.AsArray() ?? []).Select((m, i) => (Model: m!.AsObject(), i))
            .Where(m => m.Model.TryGetPropertyValue("routes", out var routes) && routes is null)
            .Select(m => $"models[{m.i}].routes: is null; a fetched list takes no model away"));
        mistakes.AddRange((root[ModelsMember]?.AsArray() ?? [])
            .Where(m => m![SafeguardsMember] is not null || (m["routes"] as JsonArray)?.Any(r => r![SafeguardsMember] is not null) == true)
            .Select(m => $"models: '{(string?)m!["id"]}' has a {SafeguardsMember}; a fetched list does not say who judges"));
        var list = Of(root, "list: ", standsAlone: false, mistakes);
        mistakes.AddRange(list.Models.GroupBy(m => IdOf(m.Model)).Where(g => g.Count() > 1)
            .Select(g => $"models: the id '{g.Key}' stands there more than once"));
        return mistakes.Count == 0 ? list : throw new CatalogException(origin, mistakes);
    }

    /// <summary>The names of its models, by their ids.</summary>
    public IEnumerable<(string Id, IReadOnlyList<string> Names)> Names => Models.Select(m => (IdOf(m.Model), (IReadOnlyList<string>)[.. NamesOf(m.Model)]));

    /// <summary>The same without some of its models.</summary>
    public CatalogLayer Without(IReadOnlySet<string> ids) => new(Providers, [.. Models.Where(m => !ids.Contains(IdOf(m.Model)))]) { StandsAlone = StandsAlone };

    /// <summary>
    /// Both as one. Providers are matched by name and models by id; of a match the members that <paramref name="over"/> gives replace those of this one,
    /// each whole, and a null takes one away; so it is with the other members of the catalog. A provider that is null is gone with the routes to it, a
    /// model whose routes are null is not offered. A name that <paramref name="over"/> gives to a model is that model's only. Its models come first.
    /// </summary>
    public CatalogLayer With(CatalogLayer over)
    {
        if (over.StandsAlone)
            return over;
        var gone = over.Providers.Where(p => p.Value is null).Select(p => p.Key).ToHashSet();
        var providers = Providers.Where(p => !gone.Contains(p.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, given) in over.Providers)
        {
            if (given is not null)
                providers[name] = providers.GetValueOrDefault(name) is { } known ? Merge(KeptOf(known, given), given) : given;
        }

        var below = Models.Select(m => Without(m.Model, gone)).OfType<JsonObject>().ToDictionary(IdOf);
        var models = new List<(string Place, JsonObject Model)>();
        foreach (var (place, given) in over.Models)
        {
            var model = below.Remove(IdOf(given), out var known) ? Merge(known, given) : given;
            if (!model.TryGetPropertyValue("routes", out var routes) || routes is not null)
                models.Add((place, model));
        }

        var own = models.Count;
        var taken = models.SelectMany(m => NamesOf(m.Model)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (place, model) in Models)
        {
            if (below.TryGetValue(IdOf(model), out var left) && !taken.Contains(IdOf(model)))
                models.Add((place, WithoutAliases(left, taken)));
        }

        return new CatalogLayer(providers, models)
        {
            Own = own,
            StandsAlone = StandsAlone,
            Others = over.Others.Concat(Others.Where(o => !over.Others.ContainsKey(o.Key))).ToDictionary(),
            Mistakes = [.. Mistakes, .. over.Mistakes],
        };
    }

    private static string IdOf(JsonObject model) => (string)model["id"]!;

    private static CatalogLayer Of(JsonObject root, string place, bool standsAlone, List<string> mistakes) => new(
        root[ProvidersMember]?.AsObject().ToDictionary(p => p.Key, p => p.Value?.AsObject(), StringComparer.Ordinal) ?? [],
        [.. root[ModelsMember]?.AsArray().Select((m, i) => ($"{place}models[{i}]", m!.AsObject())) ?? []])
    {
        StandsAlone = standsAlone,
        Others = root.Where(m => m.Key is not ("$schema" or "extends" or "default" or ProvidersMember or ModelsMember)).ToDictionary(),
        Mistakes = mistakes,
    };

    private static JsonObject Merge(JsonObject known, JsonObject given)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in known)
        {
            if (!given.ContainsKey(name))
                merged[name] = value?.DeepClone();
        }

        foreach (var (name, value) in given)
            merged[name] = value?.DeepClone();
        return merged;
    }

    /// <summary>A credential goes to no address that it was not named for; and one secret stands in the place of several.</summary>
    private static JsonObject KeptOf(JsonObject known, JsonObject given)
    {
        var moves = given["baseUrl"] is { } url && (string?)url != (string?)known["baseUrl"];
        var names = given.ContainsKey("secret") || given.ContainsKey("secrets");
        var kept = new JsonObject();
        foreach (var (name, value) in known)
        {
            var isCredential = name is "secret" or "secrets" or "secretWeights";
            if (isCredential ? moves || names : moves && name is "headers" or "clientCertificate")
                continue;
            kept[name] = value?.DeepClone();
        }

        return kept;
    }

    /// <summary>Null where no route is left.</summary>
    private static JsonObject? Without(JsonObject model, HashSet<string> gone)
    {
        if (gone.Count == 0 || model["routes"] is not JsonArray routes || routes.All(r => !LeadsTo(r)))
            return model;
        var left = routes.Where(r => !LeadsTo(r)).Select(r => r!.DeepClone()).ToArray();
        if (left.Length == 0)
            return null;
        var without = (JsonObject)model.DeepClone();
        without["routes"] = new JsonArray(left);
        return without;

        bool LeadsTo(JsonNode? route) => (string?)route!["provider"] is { } provider && gone.Contains(provider);
    }

    private static JsonObject WithoutAliases(JsonObject model, HashSet<string> taken)
    {
        if (model["aliases"] is not JsonArray aliases || !aliases.Any(a => taken.Contains((string)a!)))
            return model;
        var without = (JsonObject)model.DeepClone();
        without["aliases"] = new JsonArray([.. aliases.Where(a => !taken.Contains((string)a!)).Select(a => a!.DeepClone())]);
        return without;
    }

    private static IEnumerable<string> NamesOf(JsonObject model) =>
        (model["aliases"] as JsonArray ?? []).Select(a => (string)a!).Prepend(IdOf(model));
}
