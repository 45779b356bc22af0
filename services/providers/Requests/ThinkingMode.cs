namespace Gateway.Providers.Requests;

public enum ThinkingMode
{
    /// <summary>The request does not say.</summary>
    Absent,
    Disabled,

    /// <summary>With a budget of tokens.</summary>
    Enabled,

    /// <summary>The model decides.</summary>
    Adaptive,
}
