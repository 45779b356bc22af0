namespace Gateway.Local.Sidecar;

/// <summary>The sidecar cannot start, and the message says which file or setting is to blame. The host prints it as one line and exits with 1.</summary>
internal sealed class SidecarStartException : Exception
{
    public SidecarStartException(string message) : base(message) { }

    public SidecarStartException(string message, Exception inner) : base(message, inner) { }
}
