namespace Gateway.Providers.Tools;

public enum ToolIdStyle
{
    UpTo64,
    UpTo40,

    /// <summary>Mistral (rule E54).</summary>
    NineAlphanumerics,
}
