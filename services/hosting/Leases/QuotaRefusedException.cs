using Gateway.Contracts.Accounts;

namespace Gateway.Hosting.Leases;

/// <summary>An account could not cover a request.</summary>
/// <param name="refusal">Null: it could, but its limits have changed before what it gave was taken.</param>
public sealed class QuotaRefusedException(QuotaRefusal? refusal) : Exception("An account's limit cannot cover the request.")
{
    public QuotaRefusal? Refusal => refusal;
}
