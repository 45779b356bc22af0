using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.AdminConsole.Api;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Pages.Trouble;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Letter))]
[JsonSerializable(typeof(Listing<Letter>))]
[JsonSerializable(typeof(Quarantine))]
[JsonSerializable(typeof(Reckonings))]
[JsonSerializable(typeof(Listing<AuditEvent>))]
internal sealed partial class TroubleJson : JsonSerializerContext;
