#nullable disable
using System.Text.Json;

namespace Dapr.Actors.Client;

public class ActorProxyOptions
{
    private JsonSerializerOptions _jsonSerializerOptions = new(JsonSerializerDefaults.Web);

    public JsonSerializerOptions JsonSerializerOptions
    {
        get => _jsonSerializerOptions;
        set => _jsonSerializerOptions = value ?? throw new ArgumentNullException(nameof(value));
    }

    public string DaprApiToken { get; set; } = Sidecar.ApiToken();
    public string HttpEndpoint { get; set; } = Sidecar.HttpEndpoint();
    public TimeSpan? RequestTimeout { get; set; }

    /// <summary>Both ends must agree on it.</summary>
    public bool UseJsonSerialization { get; set; }
}
