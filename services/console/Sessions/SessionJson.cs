using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.SignIn;

namespace Gateway.AdminConsole.Sessions;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(ConsoleTokens))]
[JsonSerializable(typeof(List<string>))]
internal sealed partial class SessionJson : JsonSerializerContext;
