using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Tests.Conformance;
using Gateway.Tests.EndToEnd;
using Json.Schema;

namespace Gateway.Tests.Documents;

/// <summary>The schema that editors check a catalog with says what the gateway does.</summary>
public class CatalogSchemaTests
{
    private static readonly JsonNode Root =
        JsonNode.Parse(File.ReadAllText(RepositoryFiles.Path("services", "contracts", "Catalog", "catalog.schema.json")))!;

    private static readonly JsonSchema Schema = JsonSchema.FromText(Root.ToJsonString());

    public static TheoryData<string> Catalogs => new()
    {
        "services/contracts/Catalog/default-catalog.json", "k8s/base/catalog.json", "k8s/overlays/production/catalog.json",
    };

    [Theory]
    [MemberData(nameof(Catalogs))]
    public void Every_catalog_of_the_repository_fits(string path) =>
        Assert.Empty(SchemaCheck.Mistakes(Schema, JsonNode.Parse(File.ReadAllText(RepositoryFiles.Path(path)))));

    [Fact]
    public void Every_catalog_of_a_page_fits() => Assert.All(
        Page.All.SelectMany(p => p.Of("json catalog")), block => Assert.Empty(SchemaCheck.Mistakes(Schema, JsonNode.Parse(block.Text))));

    [Fact]
    public void It_has_the_members_that_a_catalog_has_at_each_place() => Compare(Root, typeof(CatalogFile), "the file");

    [Fact]
    public void It_knows_every_dialect() => Assert.Equal(
        DialectNames.All.Append(null),
        Root["$defs"]!["provider"]!["properties"]!["dialect"]!["enum"]!.AsArray().Select(v => (string?)v));

    /// <summary>What the gateway takes or refuses, an editor does, too.</summary>
    [Theory]
    [InlineData("""{ "$schema": "x", "extends": "default", "models": [ { "id": "demo/echo", "routes": null } ] }""", true)]
    [InlineData("""{ "providers": { "openai": null } }""", true)]
    [InlineData("""{ "models": [ { "id": "mine/*", "routes": [ { "provider": "demo", "model": "*" } ] } ] }""", true)]
    [InlineData("""{ "models": [ { "id": "a*b", "routes": [ { "provider": "demo", "model": "m" } ] } ] }""", false)]
    [InlineData("""{ "models": [ { "id": "claude/x", "routes": [ { "provider": "demo", "model": "m" } ] } ] }""", false)]
    [InlineData("""{ "models": [ { "routes": [ { "provider": "demo", "model": "m" } ] } ] }""", false)]
    [InlineData("""{ "models": [ { "id": "demo/echo", "contextTokens": 0 } ] }""", false)]
    [InlineData("""{ "models": [ { "id": "demo/echo", "price": { "currency": "usd", "perMillion": {} } } ] }""", false)]
    [InlineData("""{ "models": [ { "id": "demo/echo", "price": { "currency": "USD", "perMillion": { "input": -1 } } } ] }""", false)]
    [InlineData(
        """
        { "models": [ { "id": "demo/echo", "price": { "currency": "USD", "perMillion": {}, "longContext": { "aboveInputTokens": 1, "perMillion": {},
          "longContext": { "aboveInputTokens": 2, "perMillion": {} } } } } ] }
        """, true)]
    [InlineData("""{ "models": [ { "id": "demo/echo", "createdAt": "soon" } ] }""", false)]
    [InlineData("""{ "search": { "service": "searxng", "baseUrl": "http://s:8080", "price": { "currency": "EUR", "perSearch": 0 } }, "fetch": {} }""", true)]
    [InlineData("""{ "search": null, "fetch": { "ports": [8080], "networks": ["10.0.0.0/8"], "robots": false } }""", true)]
    [InlineData("""{ "search": { "service": "yellowpages" } }""", false)]
    [InlineData("""{ "fetch": { "maxBytes": 1 } }""", false)]
    [InlineData("""{ "modles": [] }""", false)]
    [InlineData("""{ "extends": "other" }""", false)]
    public void It_and_the_gateway_agree(string file, bool good)
    {
        Assert.Equal(good, SchemaCheck.Mistakes(Schema, JsonNode.Parse(file)).Count == 0);
        var read = Record.Exception(() => ModelCatalog.Parse(System.Text.Encoding.UTF8.GetBytes(file), "test"));
        Assert.Equal(good, read is null);
    }

    private static void Compare(JsonNode schema, Type type, string at)
    {
        var members = CatalogJson.Default.GetTypeInfo(type)!.Properties.Where(p => p.Set is not null || p.Get is not null).ToList();
        Assert.Equal(members.Select(m => m.Name).Order(), schema["properties"]!.AsObject().Select(p => p.Key).Order());
        Assert.False((bool)schema["additionalProperties"]!, at);
        foreach (var member in members)
        {
            var place = $"{at}.{member.Name}";
            var (of, described) = Inner(member.PropertyType, Target(schema["properties"]![member.Name]!), place);
            // A step of a price may have another in it.
            if (of != type && CatalogJson.Default.GetTypeInfo(of)!.Kind == JsonTypeInfoKind.Object)
                Compare(described, of, place);
        }
    }

    /// <summary>Of a list or a map its items.</summary>
    private static (Type Type, JsonNode Schema) Inner(Type type, JsonNode schema, string at)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var info = CatalogJson.Default.GetTypeInfo(type)!;
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => Inner(info.ElementType!, Target(schema["items"]!), at),
            JsonTypeInfoKind.Dictionary => Inner(info.ElementType!, Target(schema["additionalProperties"]!), at),
            _ => (type, schema),
        };
    }

    /// <summary>Behind a reference, and behind "this or null".</summary>
    private static JsonNode Target(JsonNode schema)
    {
        if (schema["oneOf"] is JsonArray either)
            return Target(either[0]!);
        return schema["$ref"] is { } reference ? Root["$defs"]![((string)reference!)["#/$defs/".Length..]]! : schema;
    }
}
