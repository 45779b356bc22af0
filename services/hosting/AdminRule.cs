using Gateway.Contracts.Accounts;

namespace Gateway.Hosting;

/// <summary>Who may make a call of the admin API: metadata of its endpoint. One without a rule is for owners only.</summary>
public sealed class AdminRule
{
    public const string Refused = "Your role does not allow this.";
    private const AdminRole Owner = AdminRole.Owner;
    private const AdminRole Admin = AdminRole.Admin;
    private const AdminRole TeamAdmin = AdminRole.TeamAdmin;
    private const AdminRole Auditor = AdminRole.Auditor;
    private const AdminRole BillingReader = AdminRole.BillingReader;

    private AdminRule(AdminReach reach, params AdminRole[] roles) => (Reach, Roles) = (reach, roles);

    /// <summary>Makes and revokes admins.</summary>
    public static AdminRule Admins { get; } = new(AdminReach.Everything, Owner);

    /// <summary>Sees the admins.</summary>
    public static AdminRule SeeAdmins { get; } = new(AdminReach.Everything, Owner, Auditor);

    /// <summary>Mends what the gateway cannot by itself, or sets up what is for everybody.</summary>
    public static AdminRule Operate { get; } = new(AdminReach.Everything, Owner, Admin);

    /// <summary>Sees what needs mending, and who has changed what.</summary>
    public static AdminRule Inspect { get; } = new(AdminReach.Everything, Owner, Admin, Auditor);

    /// <summary>Tries something out that changes nothing.</summary>
    public static AdminRule Try { get; } = new(AdminReach.Nobody, Owner, Admin);

    /// <summary>Sees what is nobody's secret: models and prices.</summary>
    public static AdminRule SeeCatalog { get; } = new(AdminReach.Nobody, Owner, Admin, BillingReader, TeamAdmin, Auditor);

    /// <summary>Sees who it is itself.</summary>
    public static AdminRule SeeSelf { get; } = new(AdminReach.Nobody, Owner, Admin, BillingReader, TeamAdmin, Auditor);

    /// <summary>Sees what everybody has used and spent.</summary>
    public static AdminRule SeeAllUsage { get; } = new(AdminReach.Everything, Owner, Admin, BillingReader, Auditor);

    /// <summary>Sees the keys and groups of its scope.</summary>
    public static AdminRule ListAccounts { get; } = new(AdminReach.Kept, Owner, Admin, BillingReader, TeamAdmin, Auditor);

    /// <summary>Sees a key or group: its settings, how it stands, what it has used.</summary>
    public static AdminRule SeeAccount { get; } = new(AdminReach.Named, Owner, Admin, BillingReader, TeamAdmin, Auditor);

    public static AdminRule MakeKeys { get; } = new(AdminReach.Kept, Owner, Admin, TeamAdmin);

    public static AdminRule ChangeKey { get; } = new(AdminReach.Named, Owner, Admin, TeamAdmin);

    public static AdminRule MakeTeams { get; } = new(AdminReach.Kept, Owner, Admin);

    public static AdminRule ChangeRules { get; } = new(AdminReach.Kept, Owner, Admin);

    public static AdminRule ChangeGroup { get; } = new(AdminReach.Named, Owner, Admin);

    /// <summary>Sees the webhooks of its scope, whose addresses are for admins only.</summary>
    public static AdminRule ListWebhooks { get; } = new(AdminReach.Kept, Owner, Admin, Auditor);

    public static AdminRule SeeWebhook { get; } = new(AdminReach.Named, Owner, Admin, Auditor);

    public static AdminRule MakeWebhooks { get; } = new(AdminReach.Kept, Owner, Admin);

    public AdminReach Reach { get; }

    public IReadOnlyList<AdminRole> Roles { get; }

    /// <summary>Null, or why the caller may not make any such call.</summary>
    public string? MistakeIn(AdminCaller caller)
    {
        if (!Roles.Contains(caller.Role))
            return $"It takes an admin key of the role {string.Join(" or ", Roles.Select(AdminRoles.Name))}; yours is of {AdminRoles.Name(caller.Role)}.";
        return caller.Scope is { } scope && Reach == AdminReach.Everything
            ? $"This call is about everything, and your admin key is for {string.Join(", ", scope)} only. Ask for these by their paths, or with another key."
            : null;
    }
}
