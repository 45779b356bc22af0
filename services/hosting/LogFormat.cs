namespace Gateway.Hosting;

/// <summary>How a service writes its log: lines for people, or one JSON object a line.</summary>
public enum LogFormat
{
    Text,
    Json,
}
