using System.Text.Json.Serialization;

namespace Gateway.Contracts.SignIn;

[JsonConverter(typeof(JsonStringEnumConverter<RefreshStep>))]
public enum RefreshStep
{
    /// <summary>The token is none, or none any more.</summary>
    Refused,

    /// <summary>Somebody else with this token is asking the identity provider. Come again in a moment.</summary>
    Wait,

    /// <summary>Ask the identity provider first.</summary>
    Ask,

    /// <summary>It has just been asked, or has given nothing to ask with.</summary>
    Go,
}
