using System.Text.Json.Serialization;

namespace Gateway.Contracts.SignIn;

[JsonConverter(typeof(JsonStringEnumConverter<DeviceStatus>))]
public enum DeviceStatus
{
    /// <summary>There is no such code, or not any more, or another browser has it.</summary>
    Unknown,

    /// <summary>Nobody has signed in yet.</summary>
    Waiting,

    /// <summary>Somebody has signed in, and has not said yes or no.</summary>
    Identified,
    Approved,
    Denied,

    /// <summary>Somebody has signed in who may not.</summary>
    Refused,
}
