namespace Gateway.Local.Sidecar.PubSub;

/// <summary>What an app's answer to an event means.</summary>
internal enum DeliveryOutcome
{
    /// <summary>Taken; done with.</summary>
    Success,

    /// <summary>Failed for now: tried again as the inbound policy says, then dead-lettered.</summary>
    Retry,

    /// <summary>Never to be tried again: dead-lettered.</summary>
    Drop,

    /// <summary>404, nobody listens on the route: dropped, and not dead-lettered either.</summary>
    NoHandler,

    /// <summary>
    /// Nobody listens at the app's address. No attempt was made then, and none is counted: the app's messages wait until it is back, as with
    /// daprd's app health check, which every deployment has on. Counted, a restart that outlasts the policy would cost events.
    /// </summary>
    Away,
}
