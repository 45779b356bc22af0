using Gateway.Contracts.Accounts;

namespace Gateway.Hosting.Leases;

/// <summary>What a request has taken out of a lease.</summary>
/// <param name="Amount">Only of what the account limits.</param>
/// <param name="Epoch">The life of the lease it was taken in.</param>
/// <param name="Slots">Its places among requests at the same time, limited or not.</param>
public readonly record struct Reservation(Allowance Amount, int Epoch, int Slots);
