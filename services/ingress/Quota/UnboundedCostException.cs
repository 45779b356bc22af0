using Gateway.Contracts.Errors;

namespace Gateway.Ingress.Quota;

/// <summary>No route of a request has a cost that its budget could hold.</summary>
/// <param name="kind">How the client is told.</param>
/// <param name="reason">The name it is counted under.</param>
/// <param name="message">What to do.</param>
internal sealed class UnboundedCostException(ErrorKind kind, string reason, string message) : GatewayException(kind, message)
{
    public string Reason => reason;
}
