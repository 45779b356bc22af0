using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects;

/// <summary>An error of the provider's in a place where an answer was due. It may be curable as if it had come with a status of its own.</summary>
public sealed class ProviderException(ProviderFailure failure) : GatewayException(failure.Kind, failure.Message)
{
    public ProviderFailure Failure => failure;
}
