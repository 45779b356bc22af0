namespace Gateway.Hosting;

/// <summary>A service cannot start, for a reason that whoever runs it can mend; the message is the one line they get.</summary>
public class StartException(string message, Exception? inner = null) : Exception(message, inner);
