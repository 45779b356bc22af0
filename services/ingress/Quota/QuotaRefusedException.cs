using Gateway.Contracts.Accounts;

namespace Gateway.Ingress.Quota;

/// <summary>An account could not cover a request. Without a refusal its limits changed meanwhile.</summary>
internal sealed class QuotaRefusedException(QuotaRefusal? refusal) : Exception("An account's limit cannot cover the request.")
{
    public QuotaRefusal Refusal { get; } = refusal ?? new QuotaRefusal
    {
        AccountId = "",
        Dimension = QuotaDimension.Requests,
        Transient = true,
        RetryAfterMs = 1000,
        Limit = 0,
        Needed = 0,
        Left = 0,
    };
}
