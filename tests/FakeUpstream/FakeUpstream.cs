using System.Collections.Concurrent;
using System.Text;
using Gateway.Fakes.Formats;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Fakes;

/// <summary>
/// A provider on a real socket that does what the test says, and otherwise answers like a small model would (<see cref="IWireFormat"/>).
/// <code>
///   await using var upstream = await FakeUpstream.StartAsync();
///   upstream.Script(Answer.Sse().Event("message_start", …).At(gate).Cut());
///   …
///   var request = await upstream.RequestAsync();
/// </code>
/// </summary>
public sealed class FakeUpstream : IAsyncDisposable
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);

    private static readonly IWireFormat[] Formats =
    [
        new BedrockFormat(), new VertexFormat(), new AnthropicFormat(), new OpenAIChatFormat(), new OpenAIResponsesFormat(), new GeminiFormat(),
    ];

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<Rule> _rules = new();
    private readonly FakeUpstreamOptions _options;
    private readonly object _lock = new();
    private readonly List<RecordedRequest> _requests = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _count;

    private FakeUpstream(FakeUpstreamOptions options)
    {
        _options = options;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // A header is recorded as the bytes it was.
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        // With room for one byte a write is done when the socket has taken it, so a cut right after it loses nothing of it.
        if (options.ExactWrites)
            builder.WebHost.UseSockets(sockets => sockets.MaxWriteBufferSize = 1);
        builder.WebHost.UseUrls(options.Url);
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Scheme, host and port, without a trailing slash.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Everything that came, in order.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>How many requests came, recorded or not.</summary>
    public long Count => Interlocked.Read(ref _count);

    public static async Task<FakeUpstream> StartAsync(FakeUpstreamOptions? options = null)
    {
        var upstream = new FakeUpstream(options ?? new FakeUpstreamOptions());
        await upstream._app.StartAsync();
        var addresses = upstream._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        upstream.Url = addresses.Addresses.First().TrimEnd('/');
        return upstream;
    }

    /// <summary>The next requests get these answers, one each.</summary>
    public FakeUpstream Script(params ReadOnlySpan<Answer> answers)
    {
        foreach (var answer in answers)
            _rules.Enqueue(new Rule(null, _ => answer, once: true));
        return this;
    }

    /// <summary>The next requests that match get these answers, one each.</summary>
    public FakeUpstream Script(Func<RecordedRequest, bool> when, params ReadOnlySpan<Answer> answers)
    {
        foreach (var answer in answers)
            _rules.Enqueue(new Rule(when, _ => answer, once: true));
        return this;
    }

    /// <summary>Every request that no earlier line takes gets this answer.</summary>
    public FakeUpstream Always(Answer answer) => Always(null, _ => answer);

    /// <summary>Every request that matches, and that no earlier line takes, gets this answer.</summary>
    public FakeUpstream Always(Func<RecordedRequest, bool>? when, Func<RecordedRequest, Answer> answer)
    {
        _rules.Enqueue(new Rule(when, answer, once: false));
        return this;
    }

    /// <summary>Waits for request number <paramref name="index"/> to be in with its whole body.</summary>
    public async Task<RecordedRequest> RequestAsync(int index = 0, TimeSpan? timeout = null)
    {
        using var limit = new CancellationTokenSource(timeout ?? DefaultTimeout);
        while (true)
        {
            RecordedRequest? request = null;
            Task arrived;
            lock (_lock)
            {
                if (_requests.Count > index)
                    request = _requests[index];
                arrived = _arrived.Task;
            }

            if (request is null)
            {
                await arrived.WaitAsync(limit.Token);
                continue;
            }

            await request.Received.WaitAsync(limit.Token);
            return request;
        }
    }

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = new RecordedRequest(context);
        Record(request);
        using var left = context.RequestAborted.UnsafeRegister(static r => ((RecordedRequest)r!).Aborted(), request);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        try
        {
            request.TakeBody(await ReadAsync(context.Request, gone.Token));
            await AnswerWriter.PlayAsync(context, Choose(request), request, gone.Token);
            request.AnswerSent();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or BadHttpRequestException)
        {
            // The client left, or the test is over; either way there is nobody to answer.
            context.Abort();
        }
    }

    private Answer Choose(RecordedRequest request)
    {
        foreach (var rule in _rules)
        {
            if (rule.TryTake(request) is { } scripted)
                return scripted;
        }

        return FakeHeaders.Apply(request, _options.Fixtures, Default(request));
    }

    private static Answer Default(RecordedRequest request)
    {
        foreach (var format in Formats)
        {
            if (format.TryAnswer(request) is { } answer)
                return answer;
        }

        return Answer.Json("""{"error":{"message":"The fake provider has nothing at this path.","type":"not_found","param":null,"code":null}}""", 404);
    }

    private void Record(RecordedRequest request)
    {
        Interlocked.Increment(ref _count);
        if (!_options.Record)
            return;
        TaskCompletionSource arrived;
        lock (_lock)
        {
            _requests.Add(request);
            arrived = _arrived;
            _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        arrived.TrySetResult();
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken gone)
    {
        if (request.ContentLength is { } length)
        {
            var exact = GC.AllocateUninitializedArray<byte>(checked((int)length));
            await request.Body.ReadExactlyAsync(exact, gone);
            return exact;
        }

        using var copy = new MemoryStream();
        await request.Body.CopyToAsync(copy, gone);
        return copy.ToArray();
    }
}
