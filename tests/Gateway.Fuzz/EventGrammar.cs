using System.Text.Json;

namespace Gateway.Fuzz;

/// <summary>
/// Whether a stream is one that a strict client can read. Of a native answer, whose events go through as they came, only its end is ours: a last
/// frame that says how it ended.
/// </summary>
internal static class EventGrammar
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 600 };

    public static void Check(string stream, bool isOwn, string what)
    {
        var frames = stream.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(f => string.Join('\n', f.Split('\n').Where(l => !l.StartsWith(':')))).Where(f => f.Length > 0).ToList();
        FuzzFailure.Unless(frames.Count > 0, $"{what}: a stream of nothing");
        FuzzFailure.Unless(stream.EndsWith("\n\n", StringComparison.Ordinal) || !isOwn, $"{what}: a stream that ends within a frame", stream);
        var last = frames[^1];
        FuzzFailure.Unless(
            last.Contains("message_stop", StringComparison.Ordinal) || last.Contains("event: error", StringComparison.Ordinal)
                || last.Contains("\"error\"", StringComparison.Ordinal),
            $"{what}: a stream without an end", stream.Length > 500 ? stream[^500..] : stream);
        if (!isOwn)
            return;
        var state = new State();
        foreach (var frame in frames)
        {
            if (state.Take(frame) is { } wrong)
                throw new FuzzFailure($"{what}: {wrong}, at {frame} in {stream}");
        }

        FuzzFailure.Unless(state.Ended, $"{what}: a stream without an end", stream);
    }

    private sealed class State
    {
        private bool _started, _closed;
        private string? _open;
        private int _blocks;

        public bool Ended { get; private set; }

        /// <summary>What is wrong with it, or null.</summary>
        public string? Take(string frame)
        {
            var lines = frame.Split('\n');
            if (lines is not [var name, var data] || !name.StartsWith("event: ", StringComparison.Ordinal)
                || !data.StartsWith("data: ", StringComparison.Ordinal))
                return "a frame that is not one name and one line of data";
            JsonElement e;
            try
            {
                using var document = JsonDocument.Parse(data["data: ".Length..], Deep);
                e = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                return "data that is no JSON";
            }

            var type = e.GetProperty("type").GetString();
            if (type != name["event: ".Length..])
                return "a frame whose name is not its type";
            if (Ended)
                return "a frame after the end";
            switch (type)
            {
                case "message_start":
                    var twice = _started;
                    _started = true;
                    return twice ? "a second start" : null;
                case "content_block_start":
                    if (!_started || _open is not null || _closed || e.GetProperty("index").GetInt32() != _blocks++)
                        return "a block out of order";
                    var block = e.GetProperty("content_block");
                    _open = block.GetProperty("type").GetString();
                    return _open == "tool_use" && string.IsNullOrEmpty(block.GetProperty("name").GetString()) ? "a call without a name" : null;
                case "content_block_delta":
                    return _open is null || e.GetProperty("index").GetInt32() != _blocks - 1 ? "a delta out of order" : null;
                case "content_block_stop":
                    var stray = _open is null || e.GetProperty("index").GetInt32() != _blocks - 1;
                    _open = null;
                    return stray ? "an end of no block" : null;
                case "message_delta":
                    if (!_started || _open is not null || _closed)
                        return "an end out of order";
                    _closed = true;
                    return e.GetProperty("usage").TryGetProperty("output_tokens", out var output) && output.GetInt64() < 0 ? "less than no tokens" : null;
                case "message_stop":
                    Ended = true;
                    return _closed ? null : "a stop before its end";
                case "error":
                    Ended = true;
                    return e.GetProperty("error").TryGetProperty("message", out _) ? null : "an error without a message";
                case "ping":
                    return null;
                default:
                    return "an unknown event";
            }
        }
    }
}
