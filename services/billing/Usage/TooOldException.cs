namespace Gateway.Billing.Usage;

/// <summary>An account does not count the event any more: it is older than what the account keeps, and nobody could tell whether it has been counted.</summary>
internal sealed class TooOldException(string account) : Exception(
    $"it is older than {account} keeps events, so that nobody can tell whether it was counted already (retention)");
