using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.Catalog;

namespace Gateway.AdminConsole.Pages.Connect;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CatalogFile))]
internal sealed partial class ConnectJson : JsonSerializerContext;
