using System.Text.Json.Serialization;

namespace Gateway.Ingress.Managed;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StoredSettings))]
[JsonSerializable(typeof(StoredCallers))]
internal sealed partial class ManagedJson : JsonSerializerContext;
