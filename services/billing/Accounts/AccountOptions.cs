using System.Globalization;

namespace Gateway.Billing.Accounts;

/// <param name="LeaseLifetime"><c>GATEWAY_LEASE_SECONDS</c>, default 15: how long a holder may admit without calling.</param>
/// <param name="ReservationTtl">
/// <c>GATEWAY_RESERVATION_TTL_SECONDS</c>, default 900: how long the money of a silent holder is kept for events on their way.
/// Longer than it takes an ingress to restart and replay its outbox.
/// </param>
internal sealed record AccountOptions(TimeSpan LeaseLifetime, TimeSpan ReservationTtl)
{
    public static AccountOptions From(IConfiguration configuration) => new(
        Seconds(configuration, "GATEWAY_LEASE_SECONDS", 15),
        Seconds(configuration, "GATEWAY_RESERVATION_TTL_SECONDS", 900));

    private static TimeSpan Seconds(IConfiguration configuration, string name, double fallback)
    {
        if (configuration[name] is not { Length: > 0 } text)
            return TimeSpan.FromSeconds(fallback);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 7 * 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidOperationException($"{name} is '{text}'; it takes a number of seconds over 0 and up to a week.");
    }
}
