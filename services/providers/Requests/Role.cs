namespace Gateway.Providers.Requests;

public enum Role
{
    User,
    Assistant,

    /// <summary>A system message in the middle of a conversation (rule E70).</summary>
    System,
}
