using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Api;

/// <summary>What several areas read of the admin API; an area has a context of its own for what it alone reads.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AdminCaller))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(ApiKey))]
[JsonSerializable(typeof(Listing<ApiKey>))]
[JsonSerializable(typeof(Group))]
[JsonSerializable(typeof(Listing<Group>))]
[JsonSerializable(typeof(KeySelf))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext;
