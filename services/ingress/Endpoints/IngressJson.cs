using System.Text.Json.Serialization;

namespace Gateway.Ingress.Endpoints;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelList))]
internal sealed partial class IngressJson : JsonSerializerContext;
