namespace Gateway.Contracts.Catalog;

/// <summary>What a new price of a model would do to the budgets that are held against the one in force.</summary>
public enum PriceChange
{
    /// <summary>Nothing, or budgets are used up sooner.</summary>
    None,

    /// <summary>The same amount buys more.</summary>
    Lower,

    /// <summary>Budgets would no longer be held: there is none, or not all of it any more, or it is in another currency.</summary>
    Lost,
}
