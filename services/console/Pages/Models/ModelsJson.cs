using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.AdminConsole.Api;
using Gateway.Contracts.Catalog;

namespace Gateway.AdminConsole.Pages.Models;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CatalogFile))]
[JsonSerializable(typeof(PriceListing))]
[JsonSerializable(typeof(AccessGroup))]
[JsonSerializable(typeof(Listing<AccessGroup>))]
internal sealed partial class ModelsJson : JsonSerializerContext;
