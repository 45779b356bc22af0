using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.AdminConsole.Api;

namespace Gateway.AdminConsole.Pages.Webhooks;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Webhook))]
[JsonSerializable(typeof(Listing<Webhook>))]
[JsonSerializable(typeof(Listing<WebhookLetter>))]
[JsonSerializable(typeof(WebhookTest))]
internal sealed partial class WebhooksJson : JsonSerializerContext;
