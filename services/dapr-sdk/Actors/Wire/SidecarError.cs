using System.Text.Json.Serialization;

namespace Dapr.Actors.Wire;

internal sealed record SidecarError(string? ErrorCode, string? Message);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SidecarError))]
internal sealed partial class ErrorJson : JsonSerializerContext;
