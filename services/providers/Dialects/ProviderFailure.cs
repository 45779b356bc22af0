using Gateway.Contracts.Errors;

namespace Gateway.Providers.Dialects;

/// <param name="Message">For the client.</param>
/// <param name="Fault">What the provider itself said; <see cref="Cures"/> are found in it.</param>
public sealed record ProviderFailure(ErrorKind Kind, string Message, ProviderFault Fault)
{
    public int? RetryAfterSeconds => Fault.RetryAfterSeconds;

    /// <summary>The output limit was spent before the first word: no failure, but an empty answer.</summary>
    public bool IsEmptyAnswer => Kind == ErrorKind.InvalidRequest && Cures.OutputIsSpent(Fault);
}
