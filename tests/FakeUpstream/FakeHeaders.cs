using System.Globalization;

namespace Gateway.Fakes;

/// <summary>
/// Bends the default answer by request headers, so that a provider in a process of its own can be told what to do, call by call:
/// <list type="table">
/// <item><term><c>x-fake-status</c></term><description>an error of this status in place of the answer; with <c>x-fake-body</c> and
/// <c>x-fake-retry-after</c></description></item>
///   <item><term><c>x-fake-fixture</c></term><description>the file of this name in place of the answer</description></item>
/// <item><term><c>x-fake-first-ms</c>, <c>x-fake-event-ms</c></term><description>waits before the headers, and before every further
/// write</description></item>
///   <item><term><c>x-fake-cut-after</c>, <c>-end-after</c>, <c>-stall-after</c>, <c>-error-after</c>, <c>-garbage-after</c></term>
///     <description>after so many writes: reset, clean end, silence, an error event, bytes that are no event</description></item>
///   <item><term><c>x-fake-split</c></term><description>writes in pieces of so many bytes</description></item>
///   <item><term><c>x-fake-encoding</c></term><description>gzip, deflate, br</description></item>
///   <item><term><c>x-fake-deltas</c></term><description>so many text deltas in a stream (read by the wire formats)</description></item>
/// </list>
/// </summary>
internal static class FakeHeaders
{
    public const string Prefix = "x-fake-";
    public const string Deltas = Prefix + "deltas";

    public static int? Number(RecordedRequest request, string name) =>
        request.Header(name) is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static Answer Apply(RecordedRequest request, string? fixtures, Answer answer)
    {
        if (!request.Headers.Keys.Any(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
            return answer;

        if (request.Header("x-fake-fixture") is { } fixture)
            answer = Answer.Fixture(Inside(fixtures, fixture));
        if (Number(request, "x-fake-status") is { } status)
            answer = Error(request, status);
        answer = Cut(request, answer);
        if (Number(request, "x-fake-split") is { } split)
            answer.SplitEvery(split);
        if (request.Header("x-fake-encoding") is { } encoding)
            answer.Encoded(encoding);
        return Slow(request, answer);
    }

    private static Answer Error(RecordedRequest request, int status)
    {
        var body = request.Header("x-fake-body") ?? $$$"""{"type":"error","error":{"type":"api_error","message":"Fake error {{{status}}}"}}""";
        var answer = Answer.Json(body, status);
        if (request.Header("x-fake-retry-after") is { } seconds)
            answer.Header("retry-after", seconds);
        return answer;
    }

    private static Answer Cut(RecordedRequest request, Answer answer)
    {
        if (Number(request, "x-fake-cut-after") is { } cut)
            return answer.After(cut, a => a.Cut());
        if (Number(request, "x-fake-end-after") is { } end)
            return answer.After(end, _ => { });
        if (Number(request, "x-fake-stall-after") is { } stall)
            return answer.After(stall, a => a.Stall());
        if (Number(request, "x-fake-error-after") is { } error)
            return answer.After(error, a => a.ErrorEvent());
        if (Number(request, "x-fake-garbage-after") is { } garbage)
            return answer.After(garbage, a => a.Raw(new byte[] { 0xFF, 0xFE, (byte)'{', (byte)'\n', 0x00 }));
        return answer;
    }

    private static Answer Slow(RecordedRequest request, Answer answer)
    {
        var first = Number(request, "x-fake-first-ms");
        var every = Number(request, "x-fake-event-ms");
        return first is null && every is null ? answer : answer.Slowed(first ?? 0, every ?? 0);
    }

    private static string Inside(string? folder, string name)
    {
        var root = Path.GetFullPath(folder ?? throw new InvalidOperationException("Start the fake provider with --fixtures to use x-fake-fixture."));
        var path = Path.GetFullPath(Path.Combine(root, name));
        return path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new InvalidOperationException($"'{name}' is outside the fixtures folder.");
    }
}
