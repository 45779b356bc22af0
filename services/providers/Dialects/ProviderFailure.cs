using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects;

/// <param name="Message">For the client.</param>
/// <param name="Remedy">How the request could be sent once more with a chance to succeed; null where it can't.</param>
public sealed record ProviderFailure(ErrorKind Kind, string Message, Adjustments? Remedy = null);
