using Gateway.Contracts.Usage;

namespace Gateway.AdminConsole.Live;

/// <summary>A request that has ended.</summary>
/// <param name="Number">In the order in which they came.</param>
/// <param name="Event">What is known of it.</param>
/// <param name="Bytes">How long the event is.</param>
public sealed record LiveRequest(long Number, UsageEvent Event, int Bytes);
