using Gateway.Hosting;

namespace Gateway.Local.Sidecar;

/// <summary>The sidecar cannot start, and the message says which file or setting is to blame.</summary>
internal sealed class SidecarStartException(string message, Exception? inner = null) : StartException(message, inner);
