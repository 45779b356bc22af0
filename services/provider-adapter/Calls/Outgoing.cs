using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>What is sent to a provider, however often.</summary>
/// <param name="Operation">What is asked.</param>
/// <param name="Body">The request.</param>
/// <param name="Door">How it differs from what the calling service sent; null where it does not.</param>
internal sealed record Outgoing(string Operation, ReadOnlyMemory<byte> Body, DoorRequest? Door) : IDisposable
{
    /// <exception cref="Contracts.Errors.GatewayException">The door does not take the request.</exception>
    public static Outgoing Of(in CallRequest call, Providers.Upstream upstream, IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        var operation = call.IsExplained ? Contracts.Names.Operations.Generate : call.Operation;
        if (upstream.Profile.Door is not { } door)
            return new Outgoing(operation, body, null);
        var request = DoorRequest.Of(
            door, operation, call.Model, body, headers["anthropic-version"], headers["anthropic-beta"], headers["anthropic-user-profile-id"],
            upstream.Entry.Betas);
        return new Outgoing(operation, request.Body, request);
    }

    public void Dispose() => Door?.Dispose();
}
