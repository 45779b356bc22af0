#nullable disable
namespace Dapr;

public class CloudEventsMiddlewareOptions
{
    /// <summary>Leave text payloads as the JSON string literals they arrive as.</summary>
    public bool SuppressJsonDecodingOfTextPayloads { get; set; }

    /// <summary>Set the event's own properties as <c>Cloudevent.*</c> request headers.</summary>
    public bool ForwardCloudEventPropertiesAsHeaders { get; set; }

    public string[] IncludedCloudEventPropertiesAsHeaders { get; set; }
    public string[] ExcludedCloudEventPropertiesFromHeaders { get; set; }
}
