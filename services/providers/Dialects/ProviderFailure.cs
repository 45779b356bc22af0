using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects;

/// <param name="Message">For the client.</param>
/// <param name="Remedy">How the request could be sent once more with a chance to succeed; null where it can't.</param>
/// <param name="RetryAfterSeconds">How long to wait, where the body says so rather than a header (rule E125).</param>
public sealed record ProviderFailure(ErrorKind Kind, string Message, Adjustments? Remedy = null, int? RetryAfterSeconds = null);
