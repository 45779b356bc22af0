using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Fakes;

/// <summary>What the fake provider got. It is listed from the moment its headers are in; the body follows.</summary>
public sealed class RecordedRequest
{
    private readonly TaskCompletionSource<DateTimeOffset> _clientLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _received = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _cut;
    private byte[] _body = [];

    internal RecordedRequest(HttpContext context)
    {
        var request = context.Request;
        Method = request.Method;
        Path = request.Path.Value ?? "";
        Query = request.QueryString.Value ?? "";
        RawTarget = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        ConnectionId = context.Connection.Id;
        At = DateTimeOffset.UtcNow;
        var headers = new Dictionary<string, string>(request.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Headers)
            headers[name] = string.Join(", ", values.ToArray());
        Headers = headers;
    }

    public string Method { get; }
    public string Path { get; }

    /// <summary>Path and query as they were sent, escapes and all.</summary>
    public string RawTarget { get; }

    /// <summary>With its question mark, or empty.</summary>
    public string Query { get; }

    /// <summary>By name in any case; repeated ones joined with <c>", "</c>.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    public string ConnectionId { get; }
    public DateTimeOffset At { get; }

    /// <summary>The body, once <see cref="Received"/> has completed.</summary>
    public ReadOnlyMemory<byte> Body => _body;
    public string Text => Encoding.UTF8.GetString(_body);

    /// <summary>Completes when the whole body is in.</summary>
    public Task Received => _received.Task;

    /// <summary>Completes when the answer has been sent to its last byte. Never for one that was cut or whose client left.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Completes, with the time, when the client closes the connection before its answer is complete.</summary>
    public Task<DateTimeOffset> ClientLeft => _clientLeft.Task;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public JsonElement Json()
    {
        using var document = JsonDocument.Parse(_body, new JsonDocumentOptions { MaxDepth = 512 });
        return document.RootElement.Clone();
    }

    internal void TakeBody(byte[] body)
    {
        _body = body;
        _received.TrySetResult();
    }

    internal void CutHere() => _cut = true;

    internal void AnswerSent() => _answered.TrySetResult();

    internal void Aborted()
    {
        if (!_cut && !_answered.Task.IsCompleted)
            _clientLeft.TrySetResult(DateTimeOffset.UtcNow);
    }
}
