using System.Text.Json.Serialization;

namespace Gateway.Ingress.Endpoints;

[JsonSerializable(typeof(ModelList))]
internal sealed partial class IngressJson : JsonSerializerContext;
