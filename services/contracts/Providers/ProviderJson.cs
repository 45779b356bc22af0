using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Providers;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProviderStatuses))]
public sealed partial class ProviderJson : JsonSerializerContext;
