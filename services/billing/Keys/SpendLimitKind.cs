namespace Gateway.Billing.Keys;

/// <summary>Whose a budget is, in the order of lists.</summary>
public enum SpendLimitKind
{
    Organization,
    Team,
    Key,
    User,
}
