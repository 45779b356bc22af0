using System.Globalization;

namespace Gateway.Fakes;

/// <summary>
/// What the fake provider does with one request: a status, headers, then steps in order. The headers go out with the first bytes of the
/// body, so waiting steps before that are a provider that is slow to begin. After the last step the body ends cleanly.
/// </summary>
public sealed class Answer
{
    private readonly List<Step> _steps = [];
    private readonly List<KeyValuePair<string, string>> _headers = [];

    internal int StatusCode { get; private set; } = 200;
    internal string? Encoding { get; private set; }
    internal int Split { get; private set; }
    internal IReadOnlyList<Step> Steps => _steps;
    internal IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    /// <summary>A whole JSON body, with its length announced.</summary>
    public static Answer Json(string body, int status = 200) => Whole("application/json", System.Text.Encoding.UTF8.GetBytes(body), status);

    public static Answer Json(ReadOnlyMemory<byte> body, int status = 200) => Whole("application/json", body, status);

    public static Answer Whole(string contentType, ReadOnlyMemory<byte> body, int status = 200) =>
        new Answer().Status(status).Header("content-type", contentType)
            .Header("content-length", body.Length.ToString(CultureInfo.InvariantCulture)).Raw(body);

    /// <summary>A stream of server-sent events, to be filled with <see cref="Event"/>, <see cref="Data"/> and <see cref="Raw(string)"/>.</summary>
    public static Answer Sse(int status = 200) =>
        new Answer().Status(status).Header("content-type", "text/event-stream; charset=utf-8").Header("cache-control", "no-cache");

    /// <summary>Takes the request and never says anything.</summary>
    public static Answer Silence() => new Answer().Stall();

    /// <summary>Breaks the connection before anything was sent.</summary>
    public static Answer Reset() => new Answer().Cut();

    /// <summary>The file as it is: JSON if it is called so, else a stream of events.</summary>
    public static Answer Fixture(string path, int status = 200)
    {
        var bytes = File.ReadAllBytes(path);
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? Json(bytes, status) : Sse(status).Raw(bytes);
    }

    public Answer Status(int status)
    {
        StatusCode = status;
        return this;
    }

    /// <summary>A repeated name is sent as a repeated header.</summary>
    public Answer Header(string name, string value)
    {
        _headers.Add(new(name, value));
        return this;
    }

    /// <summary>One named event: <c>event:</c> and <c>data:</c> lines and the blank line, in one write.</summary>
    public Answer Event(string name, string json) => Raw($"event: {name}\ndata: {json}\n\n");

    /// <summary>One event of data only, as OpenAI sends them.</summary>
    public Answer Data(string json) => Raw($"data: {json}\n\n");

    /// <summary>Anthropic's error event.</summary>
    public Answer ErrorEvent(string type = "overloaded_error", string message = "Overloaded") =>
        Event("error", $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"}}""");

    public Answer Raw(string text) => Raw(System.Text.Encoding.UTF8.GetBytes(text));

    public Answer Raw(ReadOnlyMemory<byte> bytes) => Add(new(StepKind.Write, bytes));

    /// <summary>Sends status and headers now, before any of the body.</summary>
    public Answer FlushHeaders() => Add(new(StepKind.Headers));

    public Answer Wait(TimeSpan time) => Add(new(StepKind.Wait, Time: time));

    /// <summary>Goes on when the test releases the gate.</summary>
    public Answer At(Gate gate) => Add(new(StepKind.Gate, Gate: gate));

    /// <summary>Resets the connection (TCP RST); everything before has been sent.</summary>
    public Answer Cut() => Add(new(StepKind.Cut));

    /// <summary>Sends nothing more and keeps the connection open until the client leaves.</summary>
    public Answer Stall() => Add(new(StepKind.Stall));

    /// <summary>Every write goes out in pieces of at most this many bytes.</summary>
    public Answer SplitEvery(int bytes)
    {
        Split = bytes;
        return this;
    }

    /// <summary>Compresses the body as <c>gzip</c>, <c>deflate</c> or <c>br</c>; any other name is announced and the bytes stay as they are.</summary>
    public Answer Encoded(string encoding)
    {
        Encoding = encoding;
        _headers.RemoveAll(h => h.Key.Equals("content-length", StringComparison.OrdinalIgnoreCase));
        return Header("content-encoding", encoding);
    }

    /// <summary>
    /// The same answer with something done before write number <paramref name="writes"/> (0 is before the first) and the rest left out.
    /// </summary>
    internal Answer After(int writes, Action<Answer> then)
    {
        var copy = new Answer { StatusCode = StatusCode, Encoding = Encoding, Split = Split };
        copy._headers.AddRange(_headers);
        var seen = 0;
        foreach (var step in _steps)
        {
            if (step.Kind == StepKind.Write && seen++ == writes)
                break;
            copy._steps.Add(step);
        }

        then(copy);
        return copy;
    }

    /// <summary>The same answer, with a wait before the headers and one before every write after the first.</summary>
    internal Answer Slowed(int firstMilliseconds, int everyMilliseconds)
    {
        var writes = 0;
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i].Kind != StepKind.Write)
                continue;
            var milliseconds = writes++ == 0 ? firstMilliseconds : everyMilliseconds;
            if (milliseconds > 0)
                _steps.Insert(i++, new(StepKind.Wait, Time: TimeSpan.FromMilliseconds(milliseconds)));
        }

        return this;
    }

    private Answer Add(Step step)
    {
        _steps.Add(step);
        return this;
    }
}
