using System.Text.Json.Serialization;

namespace Gateway.AdminConsole.Api;

/// <summary>What the token endpoint answers (RFC 6749 section 5.1).</summary>
internal sealed record TokenAnswer
{
    [JsonPropertyName("access_token")] public required string AccessToken { get; init; }
    [JsonPropertyName("expires_in")] public required int ExpiresIn { get; init; }
    [JsonPropertyName("refresh_token")] public required string RefreshToken { get; init; }
}
