using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>The admin API's bodies. A field that is not known is refused by name; nulls are left out unless they say something.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(KeySettings))]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(RotateRequest))]
[JsonSerializable(typeof(GroupSettings))]
[JsonSerializable(typeof(GroupView))]
[JsonSerializable(typeof(GroupList))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(EventList))]
[JsonSerializable(typeof(KeySelf))]
[JsonSerializable(typeof(DeadLetter))]
[JsonSerializable(typeof(DeadLetterList))]
[JsonSerializable(typeof(ReplayResult))]
[JsonSerializable(typeof(ReconciliationReport))]
public sealed partial class AdminJson : JsonSerializerContext;
