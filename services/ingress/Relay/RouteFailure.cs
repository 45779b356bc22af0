using Gateway.Contracts.Errors;

namespace Gateway.Ingress.Relay;

/// <summary>Why a route did not answer. Nothing of an answer has reached the client.</summary>
internal sealed record RouteFailure(ErrorKind Kind, string Message)
{
    public int? RetryAfterSeconds { get; init; }

    /// <summary>A provider's own error answer that goes to the client byte for byte (rule E124).</summary>
    public UpstreamError? Upstream { get; init; }

    /// <summary>Whether another route may still serve the request. A 404 may be a model that only this provider lacks.</summary>
    public bool MayTryNext => ErrorTable.Of(Kind).NextRoute || Kind == ErrorKind.NotFound;

    public int Status => Upstream?.Status ?? ErrorTable.Of(Kind).Status;
}
