using Dapr.Actors;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>
/// All keys, teams, organisations and admin keys, and the audit trail of their changes. One actor (id <see cref="KeyDirectoryActor.All"/>), so that
/// changes come one after the other. It alone writes the state store that ingress reads keys from.
/// </summary>
public interface IKeyDirectoryActor : IActor
{
    /// <summary>Settles the hash secret, the admin key and the key of the environment; any number of replicas may ask.</summary>
    Task<BootstrapResult> BootstrapAsync(BootstrapRequest request);

    Task<KeyResult> CreateKeyAsync(KeyCommand command);

    Task<KeysResult> CreateKeysAsync(KeyCommand command);

    Task<KeyResult> GetKeyAsync(KeyCommand command);

    Task<KeyPage> ListKeysAsync(ListQuery query);

    Task<KeyResult> UpdateKeyAsync(KeyCommand command);

    Task<KeyResult> RotateKeyAsync(KeyCommand command);

    Task<KeyResult> RevokeKeyAsync(KeyCommand command);

    /// <summary>Or resumes it, as the command says.</summary>
    Task<KeyResult> PauseKeyAsync(KeyCommand command);

    Task<GroupResult> CreateGroupAsync(GroupCommand command);

    Task<GroupResult> GetGroupAsync(GroupCommand command);

    Task<GroupPage> ListGroupsAsync(ListQuery query);

    Task<GroupResult> UpdateGroupAsync(GroupCommand command);

    /// <summary>Or resumes it, as the command says.</summary>
    Task<GroupResult> PauseGroupAsync(GroupCommand command);

    Task<GroupResult> DeleteGroupAsync(GroupCommand command);

    /// <summary>Budgets, of whomever.</summary>
    Task<SpendLimitPage> ListSpendLimitsAsync(SpendLimitQuery query);

    /// <summary>The budget of one account; null where it has none, or there is no such account.</summary>
    Task<SpendLimitEntry?> FindSpendLimitAsync(SpendLimitCommand command);

    /// <summary>Sets an account's budget or takes it away; what else it has decided of its budget stays.</summary>
    Task<SpendLimitResult> SetSpendLimitAsync(SpendLimitCommand command);

    Task<BudgetChangePage> ListBudgetChangesAsync(BudgetChangeQuery query);

    Task<AdminResult> CreateAdminAsync(KeyCommand command);

    Task<AdminResult> GetAdminAsync(KeyCommand command);

    Task<AdminPage> ListAdminsAsync(ListQuery query);

    Task<AdminResult> RevokeAdminAsync(KeyCommand command);

    Task<bool> IsInScopeAsync(ScopeQuery query);

    /// <summary>Keeps a change that is made elsewhere in the audit trail.</summary>
    Task AddAuditAsync(AuditNote note);

    Task<AuditPage> ListAuditAsync(AuditQuery query);
}
