using System.Globalization;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>The header <c>grpc-timeout</c>: at most eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    /// <returns>Null: none was given, or one so long that it makes no difference.</returns>
    /// <exception cref="GrpcFault">It cannot be read.</exception>
    public static TimeSpan? Read(HttpRequest request)
    {
        var text = request.Headers["grpc-timeout"].ToString();
        if (text.Length == 0)
            return null;
        if (text.Length > 9 || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            throw Malformed(text);
        var timeout = text[^1] switch
        {
            'H' => TimeSpan.FromHours(amount),
            'M' => TimeSpan.FromMinutes(amount),
            'S' => TimeSpan.FromSeconds(amount),
            'm' => TimeSpan.FromMilliseconds(amount),
            'u' => TimeSpan.FromMicroseconds(amount),
            'n' => TimeSpan.FromTicks(amount / TimeSpan.NanosecondsPerTick),
            _ => throw Malformed(text),
        };
        return timeout < TimeSpan.FromDays(1) ? timeout : null;
    }

    private static GrpcFault Malformed(string text) => new(GrpcStatus.Internal, $"malformed grpc-timeout: {text}");
}
