using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Fuzz;

/// <summary>Bytes that are hardly HTTP.</summary>
internal static class WireTarget
{
    /// <summary>How long a connection may stay silent whose other side has nothing more to say.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(FuzzGateway gateway, Corpus corpus, Random random, CancellationToken cancellation)
    {
        var mutator = new Mutator(random);
        var path = mutator.Pick<string>(
        [
            "/v1/messages", "/admin/v1/keys", "/admin/v1/..%2f..%2factors", "/v1/models/a%2fb", "/openapi/v1.json", "/healthz/ready", "/v1/key", "/%",
        ]);
        var body = mutator.Chance(2) ? mutator.Pick(corpus.Requests) : """{"name":"x"}""";
        var framing = mutator.Pick<string>(
        [
            $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}",
            $"Transfer-Encoding: chunked\r\n\r\n{Encoding.UTF8.GetByteCount(body):x}\r\n{body}\r\n0\r\n\r\n",
            $"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n{body}\r\n0\r\n\r\n",
            $"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{body}\r\n0\r\n\r\n",
            $"Content-Length: -1\r\n\r\n{body}",
        ]);
        var key = path.StartsWith("/admin", StringComparison.Ordinal) ? FuzzGateway.AdminKey : gateway.LimitedKey;
        var text = $"{mutator.Pick<string>(["POST", "GET", "PATCH", "OPTIONS", "HEAD", "PRI"])} {path} HTTP/1.1\r\nHost: {gateway.Url.Authority}\r\n"
            + $"x-api-key: {key}\r\nContent-Type: application/json\r\nConnection: close\r\n{framing}";
        var bytes = Encoding.UTF8.GetBytes(text);
        if (!mutator.Chance(3))
            bytes = mutator.Bytes(bytes);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Url.Host, gateway.Url.Port, limit.Token);
        await using var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes, limit.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync(limit.Token);
            // A connection that is closed without a word is an answer, too.
            if (answer.Length == 0)
                return;
            var status = answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && answer.Length > 12
                ? int.Parse(answer.AsSpan(9, 3), CultureInfo.InvariantCulture)
                : 0;
            gateway.Count("wire", status);
            FuzzFailure.Unless(status is > 0 and < 500 or 502 or 505, $"bytes of HTTP, status {status}: {Encoding.Latin1.GetString(bytes)}", answer);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Cut off, as what is no HTTP may be.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new FuzzFailure($"bytes of HTTP, and the connection stays open: {Encoding.Latin1.GetString(bytes)}");
        }
    }
}
