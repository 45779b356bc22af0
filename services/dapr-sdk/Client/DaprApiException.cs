namespace Dapr;

/// <summary>The sidecar answered an actor call with an error of its own.</summary>
public class DaprApiException : DaprException
{
    private const string UnknownErrorCode = "UNKNOWN";

    public DaprApiException() : this(string.Empty, UnknownErrorCode, false) { }
    public DaprApiException(string message) : this(message, UnknownErrorCode, false) { }
    public DaprApiException(string message, Exception innerException) : this(message, innerException, UnknownErrorCode, false) { }
    public DaprApiException(string errorCode, bool isTransient) : this(string.Empty, errorCode, isTransient) { }
    public DaprApiException(string message, string errorCode, bool isTransient) : this(message, null, errorCode, isTransient) { }

    public DaprApiException(string message, Exception inner, string errorCode, bool isTransient) : base(message, inner)
    {
        ErrorCode = errorCode;
        IsTransient = isTransient;
    }

    public string ErrorCode { get; }
    public bool IsTransient { get; }
}
