using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Hosting;

/// <summary>
/// HTTP/2 without TLS beside HTTP/1.1 on one port, as meshes speak it: by the first bytes of a connection. Kestrel alone takes the version
/// from TLS, and without TLS only ever HTTP/1.1 where both are allowed; so a connection that begins as HTTP/2 is shown to it as if TLS had
/// chosen that.
/// </summary>
internal static class PriorKnowledge
{
    public static void Configure(KestrelServerOptions kestrel)
    {
        // The scheme that such a client names is http, and is right.
        kestrel.AllowAlternateSchemes = true;
        // Both versions are allowed by default; said again here they would be warned of.
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => async connection =>
        {
            if (await IsHttp2Async(connection, kestrel.Limits.KeepAliveTimeout))
            {
                connection.Features.Set<ITlsConnectionFeature>(Chosen.Http2);
                connection.Features.Set<ITlsApplicationProtocolFeature>(Chosen.Http2);
            }

            await next(connection);
        }));
    }

    /// <summary>Looks at the first bytes and leaves them where they are.</summary>
    private static async Task<bool> IsHttp2Async(ConnectionContext connection, TimeSpan patience)
    {
        var input = connection.Transport.Input;
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(closing);
        limit.CancelAfter(patience);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(limit.Token);
                var start = read.Buffer;
                var isEnough = Begins(start, out var isHttp2) || read.IsCompleted || read.IsCanceled;
                input.AdvanceTo(start.Start, isEnough ? start.Start : start.End);
                if (isEnough)
                    return isHttp2;
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Whether the bytes are enough to tell: no request of HTTP/1.1 has this first line.</summary>
    private static bool Begins(ReadOnlySequence<byte> bytes, out bool isHttp2)
    {
        var preface = "PRI * HTTP/2.0"u8;
        Span<byte> start = stackalloc byte[14];
        var length = (int)Math.Min(start.Length, bytes.Length);
        bytes.Slice(0, length).CopyTo(start);
        isHttp2 = length == start.Length && start.SequenceEqual(preface);
        return length == start.Length || !preface.StartsWith(start[..length]);
    }

    private sealed class Chosen : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public static readonly Chosen Http2 = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate
        {
            get => null;
            set => throw new NotSupportedException();
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
