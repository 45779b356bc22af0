namespace Gateway.Billing.Keys;

/// <summary>What is done to a user.</summary>
public enum UserAction
{
    Get,
    Update,
    Pause,
    Resume,
    Delete,
    SignOut,
}
