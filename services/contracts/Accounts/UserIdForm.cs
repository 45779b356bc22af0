using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>How the ids of people, and of what they do, stand in the usage events of a key.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UserIdForm>))]
public enum UserIdForm
{
    /// <summary>As a keyed hash: reports group by it, and nobody reads it.</summary>
    [JsonStringEnumMemberName("hash")] Hash,

    /// <summary>As the client has sent them.</summary>
    [JsonStringEnumMemberName("plain")] Plain,
}
