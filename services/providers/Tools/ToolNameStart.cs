namespace Gateway.Providers.Tools;

/// <summary>What a provider lets a tool's name begin with.</summary>
public enum ToolNameStart
{
    /// <summary>Whatever a name may hold.</summary>
    Any,

    /// <summary>Gemini.</summary>
    LetterOrUnderscore,

    /// <summary>Moonshot.</summary>
    Letter,
}
