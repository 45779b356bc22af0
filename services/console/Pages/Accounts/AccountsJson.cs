using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.AdminConsole.Api;

namespace Gateway.AdminConsole.Pages.Accounts;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(User))]
[JsonSerializable(typeof(Listing<User>))]
[JsonSerializable(typeof(Rule))]
[JsonSerializable(typeof(Listing<Rule>))]
[JsonSerializable(typeof(Listing<RuleAccount>))]
internal sealed partial class AccountsJson : JsonSerializerContext;
