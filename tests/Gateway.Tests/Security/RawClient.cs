using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Security;

/// <summary>A request as its bytes, which an HTTP client would tidy, or not send at all.</summary>
internal static class RawClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <returns>The answer as it came, up to the end of the connection, which the request should ask for.</returns>
    public static async Task<(int Status, string Text)> SendAsync(Uri url, string request)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port, limit.Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), limit.Token);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(limit.Token);
        return (answer.Length == 0 ? 0 : int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), answer);
    }
}
