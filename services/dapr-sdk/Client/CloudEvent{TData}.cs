using System.Text.Json.Serialization;

namespace Dapr;

/// <summary>A CloudEvent with data.</summary>
public class CloudEvent<TData> : CloudEvent
{
    public CloudEvent(TData data) => Data = data;

    public TData Data { get; }

    [JsonPropertyName("datacontenttype")] public string DataContentType { get; } = "application/json";
}
