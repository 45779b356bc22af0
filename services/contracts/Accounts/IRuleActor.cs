using Dapr.Actors;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// One rule that counts each value by itself (the actor's id is the rule's): which values have an account. As many as are allowed get one of their own, in
/// the order in which they come, and keep it; all others share one. So what clients make up fills no store, and leads around no budget.
/// </summary>
public interface IRuleActor : IActor
{
    /// <summary>The account of a value; made with the first question.</summary>
    Task<RuleAccount> FindAccountAsync(RuleValue value);

    /// <summary>The value that an account was made for; null: none of its own.</summary>
    Task<RuleValue?> FindValueAsync(RuleAccountQuery query);

    /// <summary>The values that have an account of their own, in the order in which they came.</summary>
    Task<RuleValues> ListAsync(RuleValueQuery query);
}
