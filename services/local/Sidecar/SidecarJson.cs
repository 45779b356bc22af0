using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Local.Sidecar.Actors;
using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Local.Sidecar;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>))]
[JsonSerializable(typeof(SubscriptionReader.ProgrammaticSubscription[]))]
[JsonSerializable(typeof(ActorConfig.Settings))]
internal sealed partial class SidecarJson : JsonSerializerContext;
