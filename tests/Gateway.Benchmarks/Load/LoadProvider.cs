using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// The fake provider of the load runs: a socket, ready-made bytes, and nothing that could be slower than what is measured. The first
/// segment of the path says what to do: /small and /big answer at once, /burst streams at once, /paced an event every 10 ms, /first the
/// same but few of them, /idle begins a stream and then says no more, /deltas-N streams so many at once.
/// </summary>
internal static class LoadProvider
{
    public const string DeltasPrefix = "deltas-";
    public const int PacedEvents = 300;
    public const int FirstEvents = 5;

    public static async Task<int> RunAsync(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(4096);
        Console.WriteLine($"ready http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}");
        var pacer = new Pacer();
        while (true)
        {
            var client = await listener.AcceptAsync();
            client.NoDelay = true;
            _ = ServeAsync(client, pacer);
        }
    }

    private static async Task ServeAsync(Socket client, Pacer pacer)
    {
        using (client)
        {
            var buffer = new byte[128 * 1024];
            try
            {
                var held = 0;
                while (true)
                {
                    var (path, used) = await ReadRequestAsync(client, buffer, held);
                    if (used < 0)
                        return;
                    held = 0;
                    var answers = path.EndsWith("/messages", StringComparison.Ordinal) ? ProviderAnswers.Anthropic : ProviderAnswers.OpenAi;
                    switch (path.Split('/')[1])
                    {
                        case "burst":
                            await client.SendAsync(answers.Burst);
                            break;
                        case "paced":
                            await pacer.RunAsync(client, answers, PacedEvents);
                            break;
                        case "first":
                            await pacer.RunAsync(client, answers, FirstEvents);
                            break;
                        case "idle":
                            await client.SendAsync(answers.Opening);
                            // Before the first content nothing is sent on: another provider may still answer.
                            await client.SendAsync(answers.Words);
                            await client.ReceiveAsync(buffer);
                            return;
                        case var deltas when deltas.StartsWith(DeltasPrefix, StringComparison.Ordinal):
                            await client.SendAsync(answers.Opening);
                            for (var n = int.Parse(deltas.AsSpan(DeltasPrefix.Length), CultureInfo.InvariantCulture); n > 0; n -= ProviderAnswers.BurstDeltas)
                                await client.SendAsync(answers.Words);
                            await client.SendAsync(answers.Closing);
                            break;
                        default:
                            await client.SendAsync(answers.Whole);
                            break;
                    }
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The client left.
            }
        }
    }

    /// <summary>The path of the next request once its whole body is in.</summary>
    private static async ValueTask<(string Path, int Used)> ReadRequestAsync(Socket client, byte[] buffer, int held)
    {
        var head = -1;
        var total = long.MaxValue;
        var seen = 0L;
        var path = "";
        var chunked = false;
        while (true)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(held));
            if (read == 0)
                return ("", -1);
            held += read;
            seen += read;
            if (head < 0)
            {
                head = buffer.AsSpan(0, held).IndexOf("\r\n\r\n"u8);
                if (head < 0)
                    continue;
                (path, var length, chunked) = Parse(buffer.AsSpan(0, head + 2));
                total = head + 4 + length;
            }

            var whole = chunked ? buffer.AsSpan(0, held).EndsWith("0\r\n\r\n"u8) : seen >= total;
            if (whole)
                return (path, held);
            // A large body is only counted; its tail is kept for the end of chunks.
            if (held > buffer.Length / 2)
            {
                buffer.AsSpan(held - 16, 16).CopyTo(buffer);
                held = 16;
            }
        }
    }

    private static (string Path, long Length, bool Chunked) Parse(ReadOnlySpan<byte> head)
    {
        var target = head[(head.IndexOf((byte)' ') + 1)..];
        var path = System.Text.Encoding.ASCII.GetString(target[..target.IndexOfAny((byte)' ', (byte)'?')]);
        var length = 0L;
        var chunked = false;
        while (head.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            var line = head[..end];
            head = head[(end + 2)..];
            if (Is(line, "content-length:"u8) && Utf8Parser.TryParse(line["content-length:".Length..].Trim((byte)' '), out long announced, out _))
                length = announced;
            else if (Is(line, "transfer-encoding:"u8))
                chunked = true;
        }

        return (path, length, chunked);

        static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
            line.Length > name.Length && System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name);
    }
}
