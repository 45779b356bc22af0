namespace Gateway.Providers.Clouds;

/// <summary>What is done with a feature that a door does not take.</summary>
public enum DoorAction
{
    /// <summary>It is left out, and the answer names it in <c>gateway-dropped</c>: the request means the same without it, or nearly.</summary>
    Drop,

    /// <summary>Its value becomes one that the door takes and that tells callers apart as well; named likewise.</summary>
    Hash,

    /// <summary>A 400 that names it: without it the request would be another one.</summary>
    Refuse,
}

/// <summary>What a door does with a feature.</summary>
/// <param name="Action">Where the rule holds.</param>
/// <param name="When">For which models; null for all.</param>
/// <param name="Words">The same for people: <c>to 4.6</c>.</param>
/// <param name="But">A tool's type that is taken all the same.</param>
public sealed record DoorRule(DoorAction Action, Func<ClaudeVersion, bool>? When = null, string? Words = null, string? But = null)
{
    public static DoorRule Drop { get; } = new(DoorAction.Drop);

    public static DoorRule Refuse { get; } = new(DoorAction.Refuse);

    /// <summary>As the README shows it.</summary>
    public override string ToString()
    {
        var action = Action switch
        {
            DoorAction.Drop => "dropped",
            DoorAction.Hash => "hashed",
            _ => "400",
        };
        return (Words, But) switch
        {
            (not null, _) => $"{action} {Words}",
            (_, not null) => $"{action} but `{But}`",
            _ => action,
        };
    }
}
