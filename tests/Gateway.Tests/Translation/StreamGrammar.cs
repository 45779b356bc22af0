using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Translation;

/// <summary>
/// The strictest client there is: event lines equal to types, one data line, contiguous indexes from 0, one open block at a time, deltas of the
/// block's own type, exactly one start and one end, one signature right before a thinking block's stop, usage in <c>message_delta</c>,
/// and nothing after <c>message_stop</c> or <c>error</c>. Assembles the message on the way, as the official SDKs do.
/// </summary>
public static class StreamGrammar
{
    /// <returns>The assembled message; null where the stream ends in <c>event: error</c>.</returns>
    public static JsonObject? Check(string stream, bool mayBeCut = false)
    {
        var state = new State();
        foreach (var frame in Frames(stream))
        {
            Assert.False(state.Ended, "a frame after the end");
            state.Take(frame);
        }

        Assert.True(mayBeCut || state.Ended, "the stream has no end");
        return state.Failed || !state.Ended ? null : state.Message;
    }

    private static IEnumerable<JsonObject> Frames(string stream)
    {
        if (stream.Length == 0)
            yield break;
        Assert.EndsWith("\n\n", stream);
        foreach (var block in stream[..^2].Split("\n\n"))
        {
            var lines = block.Split('\n').Where(l => !l.StartsWith(": ", StringComparison.Ordinal)).ToArray();
            Assert.Equal(2, lines.Length);
            Assert.StartsWith("event: ", lines[0]);
            Assert.StartsWith("data: ", lines[1]);
            var data = JsonNode.Parse(lines[1]["data: ".Length..], documentOptions: new JsonDocumentOptions { MaxDepth = 512 })!.AsObject();
            Assert.Equal(lines[0]["event: ".Length..], data["type"]!.GetValue<string>());
            yield return data;
        }
    }

    private sealed class State
    {
        private static readonly string[] Reasons =
            ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"];

        private readonly HashSet<string> _toolIds = [];
        private JsonObject? _open;
        private readonly System.Text.StringBuilder _text = new();
        private bool _delta, _signed;
        private int _blocks;

        public JsonObject? Message { get; private set; }

        public bool Ended { get; private set; }

        public bool Failed { get; private set; }

        public void Take(JsonObject e)
        {
            var type = e["type"]!.GetValue<string>();
            switch (type)
            {
                case "message_start":
                    Start(e);
                    break;
                case "content_block_start":
                    StartBlock(e);
                    break;
                case "content_block_delta":
                    Delta(e);
                    break;
                case "content_block_stop":
                    StopBlock(e);
                    break;
                case "message_delta":
                    End(e);
                    break;
                case "message_stop":
                    Assert.True(_delta, "message_stop before message_delta");
                    Ended = true;
                    break;
                case "error":
                    Assert.NotNull(e["error"]?["type"]);
                    Assert.NotNull(e["error"]?["message"]);
                    Ended = Failed = true;
                    break;
                default:
                    Assert.Equal("ping", type);
                    break;
            }
        }

        private void Start(JsonObject e)
        {
            Assert.Null(Message);
            Message = e["message"]!.DeepClone().AsObject();
            Assert.Equal("message", Message["type"]!.GetValue<string>());
            Assert.Equal("assistant", Message["role"]!.GetValue<string>());
            Assert.NotEmpty(Message["id"]!.GetValue<string>());
            Assert.Empty(Message["content"]!.AsArray());
            Assert.True(Message["usage"]!["input_tokens"]!.GetValue<long>() >= 0);
            Assert.True(Message["usage"]!["output_tokens"]!.GetValue<long>() >= 0);
        }

        private void StartBlock(JsonObject e)
        {
            Assert.NotNull(Message);
            Assert.Null(_open);
            Assert.False(_delta, "a block after message_delta");
            Assert.Equal(_blocks, e["index"]!.GetValue<int>());
            _blocks++;
            _open = e["content_block"]!.DeepClone().AsObject();
            _text.Clear();
            _signed = false;
            CheckServerTool(_open);
            if (_open["type"]!.GetValue<string>() is not ("tool_use" or "server_tool_use"))
                return;
            Assert.Empty(_open["input"]!.AsObject());
            Assert.Equal("direct", _open["caller"]!["type"]!.GetValue<string>());
            Assert.Matches("^[a-zA-Z0-9_-]+$", _open["id"]!.GetValue<string>());
            Assert.True(_toolIds.Add(_open["id"]!.GetValue<string>()), "a tool id twice");
        }

        /// <summary>A result comes whole, after its call.</summary>
        private void CheckServerTool(JsonObject block)
        {
            var type = block["type"]!.GetValue<string>();
            if (type == "server_tool_use")
                Assert.StartsWith("srvtoolu_", block["id"]!.GetValue<string>());
            if (!type.EndsWith("_tool_result", StringComparison.Ordinal))
                return;
            Assert.NotNull(block["content"]);
            Assert.Contains(block["tool_use_id"]!.GetValue<string>(), _toolIds);
            Assert.Equal("direct", block["caller"]!["type"]!.GetValue<string>());
        }

        private void Delta(JsonObject e)
        {
            Assert.NotNull(_open);
            Assert.Equal(_blocks - 1, e["index"]!.GetValue<int>());
            var delta = e["delta"]!;
            var kind = delta["type"]!.GetValue<string>();
            if (kind == "citations_delta")
            {
                Assert.Equal("text", _open["type"]!.GetValue<string>());
                if (_open["citations"] is not JsonArray)
                    _open["citations"] = new JsonArray();
                _open["citations"]!.AsArray().Add(delta["citation"]!.DeepClone());
                return;
            }

            var (expected, part) = _open["type"]!.GetValue<string>() switch
            {
                "text" => ("text_delta", delta["text"]),
                "thinking" when kind == "signature_delta" => ("signature_delta", delta["signature"]),
                "thinking" => ("thinking_delta", delta["thinking"]),
                _ => ("input_json_delta", delta["partial_json"]),
            };
            Assert.Equal(expected, kind);
            Assert.False(_signed, "a delta after the signature");
            Assert.NotEmpty(part!.GetValue<string>());
            if (kind == "signature_delta")
            {
                _open["signature"] = part.GetValue<string>();
                _signed = true;
                return;
            }

            Assert.True(System.Text.Encoding.UTF8.GetByteCount(part.GetValue<string>()) <= 64 * 1024, "a delta over 64 KiB");
            _text.Append(part.GetValue<string>());
        }

        private void StopBlock(JsonObject e)
        {
            Assert.NotNull(_open);
            Assert.Equal(_blocks - 1, e["index"]!.GetValue<int>());
            switch (_open["type"]!.GetValue<string>())
            {
                case "text":
                    Assert.NotEqual(0, _text.Length);
                    _open["text"] = _text.ToString();
                    break;
                case "thinking":
                    Assert.True(_signed, "thinking without a signature");
                    _open["thinking"] = _text.ToString();
                    break;
                case "tool_use" or "server_tool_use":
                    _open["input"] = Parse(_text.ToString());
                    break;
                default:
                    Assert.Equal(0, _text.Length);
                    break;
            }

            Message!["content"]!.AsArray().Add(_open);
            _open = null;
        }

        private static JsonObject Parse(string json)
        {
            try
            {
                return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = 512 }) as JsonObject ?? [];
            }
            catch (JsonException)
            {
                return [];
            }
        }

        private void End(JsonObject e)
        {
            Assert.NotNull(Message);
            Assert.Null(_open);
            Assert.False(_delta, "two message_delta");
            _delta = true;
            Assert.Contains(e["delta"]!["stop_reason"]!.GetValue<string>(), Reasons);
            foreach (var (name, value) in e["delta"]!.AsObject())
                Message[name] = value?.DeepClone();
            Assert.True(e["usage"]!["output_tokens"]!.GetValue<long>() >= 0);
            foreach (var (name, value) in e["usage"]!.AsObject())
                Message["usage"]![name] = value?.DeepClone();
            var hasTool = Message["content"]!.AsArray().Any(b => b!["type"]!.GetValue<string>() == "tool_use");
            if (Message["stop_reason"]!.GetValue<string>() is "tool_use" or "end_turn")
                Assert.Equal(hasTool, Message["stop_reason"]!.GetValue<string>() == "tool_use");
        }
    }
}
