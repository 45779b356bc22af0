namespace Dapr;

public class SubscribeOptions
{
    /// <summary>Ask for raw payloads on every subscription of the app.</summary>
    public bool EnableRawPayload { get; set; }
}
