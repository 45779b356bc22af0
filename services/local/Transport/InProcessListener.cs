using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Local.Transport;

/// <summary>A listener whose connections come from a socket or from this process, whichever is first.</summary>
internal sealed class InProcessListener : IConnectionListener
{
    private readonly IConnectionListener _sockets;
    private readonly Channel<ConnectionContext> _waiting = Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _accepting;

    public InProcessListener(IConnectionListener sockets, int port)
    {
        _sockets = sockets;
        Port = port;
        _accepting = AcceptSocketsAsync();
    }

    public int Port { get; }

    public EndPoint EndPoint => _sockets.EndPoint;

    /// <summary>The client's end of a new connection; none when the listener has stopped.</summary>
    public bool TryConnect([NotNullWhen(true)] out Stream? stream)
    {
        var connection = new InProcessConnection(EndPoint);
        stream = connection.Client;
        return _waiting.Writer.TryWrite(connection);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_waiting.Reader.TryRead(out var connection))
                return connection;
        }

        return null;
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        InProcessTransport.Remove(this);
        await _sockets.UnbindAsync(cancellationToken);
        await _accepting;
    }

    public ValueTask DisposeAsync()
    {
        InProcessTransport.Remove(this);
        _waiting.Writer.TryComplete();
        return _sockets.DisposeAsync();
    }

    private async Task AcceptSocketsAsync()
    {
        try
        {
            while (await _sockets.AcceptAsync() is { } connection)
            {
                if (!_waiting.Writer.TryWrite(connection))
                    await connection.DisposeAsync();
            }

            _waiting.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _waiting.Writer.TryComplete(e);
        }
    }
}
