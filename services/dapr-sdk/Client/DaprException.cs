namespace Dapr;

/// <summary>A call to the Dapr sidecar failed; the inner exception says how.</summary>
public class DaprException : Exception
{
    public DaprException(string message) : base(message) { }
    public DaprException(string message, Exception innerException) : base(message, innerException) { }
}
