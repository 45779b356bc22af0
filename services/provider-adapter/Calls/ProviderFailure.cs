using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>A call that brought no answer, or a broken one.</summary>
internal sealed class ProviderFailure(ErrorKind kind, string message, Exception? inner = null) : GatewayException(kind, message, inner)
{
    /// <summary>
    /// Whether the provider cannot have seen the request. Only then may it be sent again: anything else may have been generated, and
    /// billed, already (rule F19).
    /// </summary>
    public bool NeverArrived { get; init; }

    /// <summary>What went wrong while a request was sent or its headers were awaited.</summary>
    public static ProviderFailure OfSending(Exception e, string provider, Deadline deadline, int firstByteMilliseconds)
    {
        if (deadline.Stopping)
            return new(ErrorKind.Interrupted, InterruptedMessage, e);
        if (deadline.TimedOut)
            return new(ErrorKind.ProviderTimeout, $"Provider '{provider}' sent no answer within {firstByteMilliseconds} ms.", e);
        // The handler reports its own connect timeout as a cancellation that nobody asked for.
        if (e is OperationCanceledException)
            return new(ErrorKind.ProviderUnreachable, $"Connecting to provider '{provider}' took too long.", e) { NeverArrived = true };
        return (e as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError =>
                new(ErrorKind.ProviderUnreachable, $"The host name of provider '{provider}' could not be resolved.", e) { NeverArrived = true },
            HttpRequestError.ConnectionError => new(ErrorKind.ProviderUnreachable, $"Provider '{provider}' refused the connection.", e) { NeverArrived = true },
            HttpRequestError.SecureConnectionError =>
                new(ErrorKind.ProviderUnreachable, $"No secure connection to provider '{provider}' could be made.", e) { NeverArrived = true },
            HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded =>
                new(ErrorKind.ProviderProtocol, $"Provider '{provider}' did not answer in HTTP.", e),
            _ => new(ErrorKind.ProviderTruncated, $"Provider '{provider}' closed the connection before it answered.", e),
        };
    }

    /// <summary>What went wrong while a body was read.</summary>
    public static ProviderFailure OfReading(Exception e, string provider, Deadline deadline)
    {
        if (deadline.Stopping)
            return new(ErrorKind.Interrupted, InterruptedMessage, e);
        if (deadline.TimedOut)
            return new(ErrorKind.ProviderTimeout, $"Provider '{provider}' fell silent in the middle of its answer.", e);
        if (e is BrokenFrameException)
            return new(ErrorKind.ProviderProtocol, $"Provider '{provider}' sent a damaged stream. {e.Message}", e);
        return BrokenEncoding.Is(e)
            ? new(ErrorKind.ProviderProtocol, $"The compressed answer of provider '{provider}' cannot be decoded.", e)
            : new(ErrorKind.ProviderTruncated, $"The answer of provider '{provider}' broke off.", e);
    }
}
