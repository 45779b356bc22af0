using System.Text;
using System.Text.Json;
using Gateway.Contracts.Sse;

namespace Gateway.Tests.EndToEnd;

/// <summary>Reads a streamed answer as a client would, event by event.</summary>
internal sealed class ClientStream : IDisposable
{
    private readonly SseReader _reader;

    private ClientStream(Stream stream) => _reader = new SseReader(stream);

    public static async Task<ClientStream> OpenAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new ClientStream(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<(string Name, string Data)?> NextAsync(TimeSpan? timeout = null)
    {
        using var limit = new CancellationTokenSource(timeout ?? TestGateway.Timeout);
        while (true)
        {
            if (TryRead(out var e))
                return e;
            if (!await _reader.FillAsync(limit.Token))
            {
                Assert.False(_reader.TryReadRest(out _), "the stream ends in half an event");
                return null;
            }
        }
    }

    public async Task<List<(string Name, string Data)>> RestAsync()
    {
        var events = new List<(string, string)>();
        while (await NextAsync() is { } e)
            events.Add(e);
        return events;
    }

    public void Dispose() => _reader.Dispose();

    private bool TryRead(out (string Name, string Data) e)
    {
        while (_reader.TryRead(out var raw))
        {
            if (!raw.HasData)
                continue;
            e = (Encoding.UTF8.GetString(raw.Name), Encoding.UTF8.GetString(raw.Data));
            Assert.Equal(e.Name, JsonDocument.Parse(e.Data).RootElement.GetProperty("type").GetString());
            return true;
        }

        e = default;
        return false;
    }
}
