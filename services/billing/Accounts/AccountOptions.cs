using System.ComponentModel.DataAnnotations;

namespace Gateway.Billing.Accounts;

/// <summary>How long what an account has lent stays lent.</summary>
internal sealed record AccountOptions
{
    /// <summary>The bounds of <see cref="RetentionDays"/>, and of what an organisation may say.</summary>
    public const int LeastRetention = 8;
    public const int MostRetention = 3_650;
    private const double WeekSeconds = 7 * 86_400;

    /// <summary>How long a holder of a lease may admit without calling.</summary>
    [ConfigurationKeyName("GATEWAY_LEASE_SECONDS"), Range(0.01, WeekSeconds)]
    public double LeaseSeconds { get; init; } = 15;

    /// <summary>
    /// How long the money of a silent holder is kept for events on their way. Longer than it takes an ingress to restart and replay its outbox.
    /// </summary>
    [ConfigurationKeyName("GATEWAY_RESERVATION_TTL_SECONDS"), Range(0.01, WeekSeconds)]
    public double ReservationTtlSeconds { get; init; } = 900;

    /// <summary>
    /// For how many days accounts keep events, roll-ups of days and what has been counted, where their organisation says nothing. Longer than the topic
    /// keeps events, so that none that is delivered is too old.
    /// </summary>
    [ConfigurationKeyName("GATEWAY_RETENTION_DAYS"), Range(LeastRetention, MostRetention)]
    public int RetentionDays { get; init; } = 400;

    /// <summary>How many values of one rule have an account of their own; further ones share one. Those that have one keep it where this is lowered.</summary>
    [ConfigurationKeyName("GATEWAY_RULE_VALUES"), Range(1, 100_000)]
    public int RuleValues { get; init; } = 10_000;

    /// <summary>Whether all events can be read in one order (<c>GET /admin/v1/events</c>).</summary>
    [ConfigurationKeyName("GATEWAY_EVENT_FEED")]
    public bool EventFeed { get; init; }

    /// <summary>
    /// How long events can still come, and their cost stays held for them, after their holder has closed its lease or died: as long as the topic
    /// keeps them (<c>streamTTL</c> in components/pubsub.yaml).
    /// </summary>
    public TimeSpan EventTtl { get; } = TimeSpan.FromSeconds(WeekSeconds);

    public TimeSpan LeaseLifetime => TimeSpan.FromSeconds(LeaseSeconds);

    public TimeSpan ReservationTtl => TimeSpan.FromSeconds(ReservationTtlSeconds);
}
