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

    /// <summary>404, nobody listens on the route: never tried again either, and dead-lettered.</summary>
    NoHandler,
}
