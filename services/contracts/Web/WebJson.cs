using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Contracts.Web;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebSearchCall))]
[JsonSerializable(typeof(WebSearchAnswer))]
[JsonSerializable(typeof(WebFetchCall))]
[JsonSerializable(typeof(WebFetchAnswer))]
public sealed partial class WebJson : JsonSerializerContext;
