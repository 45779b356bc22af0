using Dapr.Actors;
using Gateway.Billing.Admin;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>
/// All keys, users, teams, organisations, access groups, rules and admin keys, and the audit trail of their changes. One actor (id
/// <see cref="KeyDirectoryActor.All"/>), so that changes come one after the other. It alone writes the state store that ingress reads keys from.
/// </summary>
public interface IKeyDirectoryActor : IActor
{
    /// <summary>Settles the hash secret, the admin key and the key of the environment; any number of replicas may ask.</summary>
    Task<BootstrapResult> BootstrapAsync(BootstrapRequest request);

    /// <summary>The first day of which sums have everything (<see cref="AccountIds.NoOrganization"/>); null: that is not settled yet.</summary>
    Task<DateOnly?> GetSumsFromAsync();

    Task<KeyResult> CreateKeyAsync(KeyCommand command);

    Task<KeysResult> CreateKeysAsync(KeyCommand command);

    Task<KeyResult> GetKeyAsync(KeyCommand command);

    Task<KeyPage> ListKeysAsync(ListQuery query);

    Task<KeyResult> UpdateKeyAsync(KeyCommand command);

    Task<KeyResult> RotateKeyAsync(KeyCommand command);

    Task<KeyResult> RevokeKeyAsync(KeyCommand command);

    /// <summary>Or resumes it, as the command says.</summary>
    Task<KeyResult> PauseKeyAsync(KeyCommand command);

    Task<UserResult> ChangeUserAsync(UserCommand command);

    Task<UserPage> ListUsersAsync(ListQuery query);

    Task<SignInSettings> GetSignInSettingsAsync();

    Task<SignInSettingsResult> SetSignInSettingsAsync(KeyCommand command);

    Task<GroupResult> CreateGroupAsync(GroupCommand command);

    Task<GroupResult> GetGroupAsync(GroupCommand command);

    Task<GroupPage> ListGroupsAsync(ListQuery query);

    Task<GroupResult> UpdateGroupAsync(GroupCommand command);

    /// <summary>Or resumes it, as the command says.</summary>
    Task<GroupResult> PauseGroupAsync(GroupCommand command);

    Task<GroupResult> DeleteGroupAsync(GroupCommand command);

    Task<AccessGroupResult> CreateAccessGroupAsync(AccessGroupCommand command);

    Task<AccessGroupResult> GetAccessGroupAsync(AccessGroupCommand command);

    Task<AccessGroupPage> ListAccessGroupsAsync(ListQuery query);

    Task<AccessGroupResult> UpdateAccessGroupAsync(AccessGroupCommand command);

    Task<AccessGroupResult> DeleteAccessGroupAsync(AccessGroupCommand command);

    Task<RuleResult> CreateRuleAsync(RuleCommand command);

    Task<RuleResult> GetRuleAsync(RuleCommand command);

    Task<RulePage> ListRulesAsync(ListQuery query);

    /// <summary>Those that may be for a request of a key.</summary>
    Task<RulePage> ListRulesOfAsync(KeyCommand command);

    Task<RuleResult> UpdateRuleAsync(RuleCommand command);

    Task<RuleResult> DeleteRuleAsync(RuleCommand command);

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

    Task<AdminResult> RotateAdminAsync(KeyCommand command);

    Task<AdminResult> RevokeAdminAsync(KeyCommand command);

    Task<bool> IsInScopeAsync(ScopeQuery query);

    Task<ManagedSettingsResult> GetSettingsAsync(ManagedSettingsCommand command);

    /// <summary>What all documents that hold for a team, an organisation or a key come to.</summary>
    Task<ManagedSettingsResult> GetEffectiveSettingsAsync(ManagedSettingsCommand command);

    /// <summary>Or takes them away, as the command says.</summary>
    Task<ManagedSettingsResult> SetSettingsAsync(ManagedSettingsCommand command);

    Task<WebhookResult> CreateWebhookAsync(WebhookCommand command);

    Task<WebhookResult> GetWebhookAsync(WebhookCommand command);

    Task<WebhookPage> ListWebhooksAsync(ListQuery query);

    Task<WebhookResult> UpdateWebhookAsync(WebhookCommand command);

    Task<WebhookResult> RotateWebhookAsync(WebhookCommand command);

    /// <summary>Or resumes it, as the command says.</summary>
    Task<WebhookResult> PauseWebhookAsync(WebhookCommand command);

    Task<WebhookResult> DeleteWebhookAsync(WebhookCommand command);

    /// <summary>Keeps a change that is made elsewhere in the audit trail.</summary>
    Task AddAuditAsync(AuditNote note);

    Task<AuditPage> ListAuditAsync(AuditQuery query);
}
