using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

[JsonSourceGenerationOptions(ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(CatalogFile))]
public sealed partial class CatalogJson : JsonSerializerContext;
