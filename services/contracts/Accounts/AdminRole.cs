using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What an admin may do; which calls that are stands at each call of the admin API (<c>x-roles</c> in its document).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AdminRole>))]
public enum AdminRole
{
    /// <summary>Everything, other admins included.</summary>
    [JsonStringEnumMemberName("owner")] Owner,

    /// <summary>Everything but other admins.</summary>
    [JsonStringEnumMemberName("admin")] Admin,

    /// <summary>Sees accounts, usage and money; changes nothing.</summary>
    [JsonStringEnumMemberName("billing_reader")] BillingReader,

    /// <summary>Makes and changes the keys of the teams in its scope, and sees those teams.</summary>
    [JsonStringEnumMemberName("team_admin")] TeamAdmin,

    /// <summary>Sees everything, the audit trail too; changes nothing.</summary>
    [JsonStringEnumMemberName("auditor")] Auditor,
}
