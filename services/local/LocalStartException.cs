namespace Gateway.Local;

/// <summary>The gateway cannot start; the message is the one line the user gets.</summary>
internal sealed class LocalStartException(string message, Exception? inner = null) : Exception(message, inner);
