using System.Globalization;

namespace Gateway.Ingress;

/// <summary>Ingress's settings, all from the environment.</summary>
internal sealed record IngressOptions
{
    /// <summary><c>GATEWAY_PING_SECONDS</c>: how long a stream may be silent before a ping.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>GATEWAY_PROFILE=strict</c>: a request without <c>anthropic-version</c> is refused (two of the five contracts require it).</summary>
    public bool Strict { get; init; }

    /// <summary><c>GATEWAY_QUOTA_UNAVAILABLE=open</c>: requests go through while accounts cannot be reached, unchecked. Default: they are refused.</summary>
    public bool AdmitWithoutQuota { get; init; }

    /// <summary><c>GATEWAY_OUTBOX</c>: where usage events wait until they are published.</summary>
    public string OutboxDirectory { get; init; } = Path.Combine(".gateway", "outbox");

    /// <summary><c>GATEWAY_OUTBOX_SYNC=true</c>: an event is on the disk, not only with the operating system, before the client sees the end.</summary>
    public bool OutboxSync { get; init; }

    /// <summary>
    /// <c>GATEWAY_OUTBOX_AHEAD</c>: how many events go to the topic in one call. With 1 each goes by itself, those of one key in order. More keep
    /// that order only where the sidecar does, as the local runtime's: Dapr may send what comes in one call side by side.
    /// </summary>
    public int PublishAhead { get; init; } = 1;

    public static IngressOptions From(IConfiguration configuration)
    {
        var options = new IngressOptions
        {
            Strict = Choice(configuration, "GATEWAY_PROFILE", "lenient", "strict") == "strict",
            AdmitWithoutQuota = Choice(configuration, "GATEWAY_QUOTA_UNAVAILABLE", "closed", "open") == "open",
            OutboxSync = Choice(configuration, "GATEWAY_OUTBOX_SYNC", "false", "true") == "true",
        };
        if (configuration["GATEWAY_OUTBOX"] is { Length: > 0 } outbox)
            options = options with { OutboxDirectory = outbox };
        if (configuration["GATEWAY_OUTBOX_AHEAD"] is { Length: > 0 } ahead)
        {
            if (!int.TryParse(ahead, NumberStyles.None, CultureInfo.InvariantCulture, out var events) || events is < 1 or > 1000)
                throw new InvalidOperationException($"GATEWAY_OUTBOX_AHEAD: '{ahead}' is not a number from 1 to 1000.");
            options = options with { PublishAhead = events };
        }

        if (configuration["GATEWAY_PING_SECONDS"] is { Length: > 0 } ping)
        {
            if (!double.TryParse(ping, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || seconds <= 0)
                throw new InvalidOperationException($"GATEWAY_PING_SECONDS: '{ping}' is not a positive number of seconds.");
            options = options with { PingInterval = TimeSpan.FromSeconds(seconds) };
        }

        return options;
    }

    /// <summary>One of a few words; the first is the default. A misspelt one must not pass for it.</summary>
    private static string Choice(IConfiguration configuration, string name, params string[] words) =>
        configuration[name] is not { Length: > 0 } value
            ? words[0]
            : words.FirstOrDefault(w => w.Equals(value, StringComparison.OrdinalIgnoreCase))
                ?? throw new InvalidOperationException($"{name} is '{value}'; it takes {string.Join(" or ", words)}.");
}
