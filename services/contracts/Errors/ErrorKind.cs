namespace Gateway.Contracts.Errors;

/// <summary>Everything that can go wrong, once. <see cref="ErrorTable"/> says what each one looks like to the client.</summary>
public enum ErrorKind
{
    // The client's doing.
    InvalidRequest,
    Authentication,
    Permission,
    NotFound,
    MethodNotAllowed,
    RequestTooLarge,
    Conflict,

    // This gateway's own limits.
    RateLimited,
    BudgetExhausted,
    /// <summary>The same, told to Claude Code in the form of its contract, by which it knows a spend limit.</summary>
    SpendLimitReached,
    /// <summary>It has too much to do, or nowhere to note what it does: the same request may pass a moment later.</summary>
    Overloaded,
    /// <summary>The client did not send its request, or take its answer, in time.</summary>
    ClientTooSlow,

    // The provider's doing.
    /// <summary>The provider refused our credentials; never the client's 401 (rule E122).</summary>
    ProviderCredentials,
    /// <summary>The provider's account is out of credit (rule E127).</summary>
    ProviderQuota,
    ProviderRateLimited,
    ProviderOverloaded,
    ProviderError,
    /// <summary>The provider could not be reached.</summary>
    ProviderUnreachable,
    /// <summary>No first byte, or none for too long in the middle of an answer.</summary>
    ProviderTimeout,
    /// <summary>The answer broke off before its end mark.</summary>
    ProviderTruncated,
    /// <summary>The answer is not what the wire format allows.</summary>
    ProviderProtocol,

    // Ours.
    ServiceUnavailable,
    /// <summary>A service of ours that was answering stops, or its sidecar has gone: the same request will be answered again in a moment.</summary>
    Interrupted,
    Internal,
}
