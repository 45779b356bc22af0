using System.ComponentModel.DataAnnotations;

namespace Gateway.Translator;

/// <summary>How far an answer goes for which the gateway runs web tools. Beyond that the client is told to send it on (<c>pause_turn</c>).</summary>
internal sealed record WebRoundOptions
{
    /// <summary>Calls to the provider for one answer.</summary>
    [ConfigurationKeyName("GATEWAY_WEB_ROUNDS"), Range(1, 100)]
    public int Rounds { get; init; } = 12;

    /// <summary>The time after which no further call to the provider is begun.</summary>
    [ConfigurationKeyName("GATEWAY_WEB_SECONDS"), Range(1, 3600)]
    public int Seconds { get; init; } = 300;

    /// <summary>Uses of a tool that the client sets no limit for.</summary>
    [ConfigurationKeyName("GATEWAY_WEB_USES"), Range(1, 1000)]
    public int Uses { get; init; } = 20;
}
