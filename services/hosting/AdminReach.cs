namespace Gateway.Hosting;

/// <summary>What a call of the admin API means for an admin with a scope.</summary>
public enum AdminReach
{
    /// <summary>It is about everything: not for admins with a scope.</summary>
    Everything,

    /// <summary>It is about nobody's account: a scope does not matter.</summary>
    Nobody,

    /// <summary>It is about the account that its path names, which must be in the scope.</summary>
    Named,

    /// <summary>Its handler keeps to the scope: it lists what is in it, or makes what will be.</summary>
    Kept,
}
