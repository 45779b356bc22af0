namespace Gateway.Ingress.Relay;

/// <summary>Brings a provider's answer that has begun to the client, meters it and records its usage before its end is sent.</summary>
internal interface IAnswerRelay
{
    /// <summary>Never ends as <see cref="RouteOutcome.Answered"/>.</summary>
    /// <exception cref="OperationCanceledException">The client left, or the services behind were silent for too long: the watch knows which.</exception>
    Task<RouteOutcome> RelayAsync(HttpContext context, Exchange exchange, HttpResponseMessage answer, ResponseWatch watch);
}
