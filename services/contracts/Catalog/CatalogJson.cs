using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(CatalogFile))]
[JsonSerializable(typeof(CatalogChange))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
public sealed partial class CatalogJson : JsonSerializerContext;
