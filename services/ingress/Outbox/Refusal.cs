using System.Globalization;
using Gateway.Contracts.Json;
using Grpc.Core;

namespace Gateway.Ingress.Outbox;

/// <summary>Whether the broker refuses an event itself, so that no waiting helps, or only cannot take it now.</summary>
internal static class Refusal
{
    private const string HttpStatus = "HTTP status code: ";

    /// <summary>Parts of what brokers and sidecars say of a message that is too large; several give no status of their own to it.</summary>
    private static readonly string[] TooLarge = ["too large", "larger than", "exceeds the", "maximum message", "max message"];

    /// <summary>Null: it may be taken later. That we may not publish, or that there is no such topic, is said of every event and is for the operator.</summary>
    public static string? Of(Exception failure)
    {
        if ((failure as RpcException ?? failure.InnerException as RpcException) is not { Status: var status })
            return null;
        var isForGood = status.StatusCode is StatusCode.InvalidArgument or StatusCode.OutOfRange
            || HttpStatusOf(status.Detail) is >= 400 and < 500 and not (401 or 403 or 404 or 408 or 429)
            || TooLarge.Any(words => status.Detail.Contains(words, StringComparison.OrdinalIgnoreCase));
        return isForGood ? BoundedText.Cut($"{status.StatusCode}: {status.Detail}", 1024) : null;
    }

    /// <summary>Where what stands before the broker answers in plain HTTP, the client's words are all there is of it.</summary>
    private static int? HttpStatusOf(string detail)
    {
        var at = detail.IndexOf(HttpStatus, StringComparison.Ordinal);
        return at >= 0 && detail.Length >= at + HttpStatus.Length + 3
            && int.TryParse(detail.AsSpan(at + HttpStatus.Length, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
                ? status
                : null;
    }
}
