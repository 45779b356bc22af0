using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Json;
using Gateway.Providers.Answers;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Tests.Translation;

/// <summary>Texts that go from one side to the other by a shorter way must come out as they would by the long one.</summary>
public class TextBytesTests
{
    /// <summary>The insides of JSON strings, in every way that clients write them.</summary>
    private static readonly Gen<string> Pieces = Gen.Elements(
        "word", " ", "a longer run of plain words ", "\\n", "\\\"", "\\\\", "\\t", "\\r", "\\b", "\\f", "\\/", "\\u00e9", "\\u0041", "\\u0001",
        "\\u007f", "\\u2028", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\uD83D", "é", "日本", "😀", "<&'+>", "\u007f",
        "\u2028", "\u00a0", "\ue000", "");

    private static Gen<string> Content => Pieces.ArrayOf().Select(string.Concat);

    [Fact]
    public void Rule_E161_a_text_of_the_request_is_written_as_its_string_would_be() => Prop.ForAll(Content.ToArbitrary(), content =>
    {
        var raw = Encoding.UTF8.GetBytes($"\"{content}\"");
        using var document = JsonDocument.Parse(raw);
        var (expected, actual) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        using (var json = new Utf8JsonWriter(expected, GatewayJson.WriterOptions))
            json.WriteStringValue(JsonText.Read(document.RootElement));
        using (var json = new Utf8JsonWriter(actual, GatewayJson.WriterOptions))
            new RequestText(new RawValue(raw)).WriteTo(json);
        Assert.Equal(Encoding.UTF8.GetString(expected.WrittenSpan), Encoding.UTF8.GetString(actual.WrittenSpan));
        Assert.Equal(JsonText.Read(document.RootElement), new RequestText(new RawValue(raw)).ToString());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(30));

    [Fact]
    public void A_text_of_the_request_has_as_many_tokens_as_its_string() => Prop.ForAll(Content.ToArbitrary(), content =>
    {
        var raw = Encoding.UTF8.GetBytes($"\"{content}\"");
        var estimate = default(TokenEstimate);
        new RequestText(new RawValue(raw)).CountInto(ref estimate);
        Assert.Equal(TokenEstimate.Of(new RequestText(new RawValue(raw)).ToString()), estimate.Tokens);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(400));

    [Fact]
    public void Tokens_counted_by_the_block_are_those_counted_one_by_one()
    {
        var letters = Gen.Elements(
            "a", "bcd", "aVeryLongCamelHumpedIdentifier", "HTTP", "x9", "12", "1234567", "0", " ", "  ", "\t", "\n", "\n\n", "    ", "(", ")",
            "((", ");", "==", "---", "\u007f", "é", "ü", "я", "日", "😀", "\r\n", "\u0001");
        Prop.ForAll(letters.ArrayOf().Select(string.Concat).ToArbitrary(), text =>
        {
            // Characters are counted one by one, bytes by the block.
            var one = default(TokenEstimate);
            one.Add(text);
            var blocks = default(TokenEstimate);
            blocks.Add(Encoding.UTF8.GetBytes(text));
            Assert.Equal((one.Tokens, one.Foreign), (blocks.Tokens, blocks.Foreign));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000).WithEndSize(200));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("a \"quoted\" word\n\tand \\ more\u0001\u007f")]
    [InlineData("é 日本 😀 \u2028 \ue000 <&>")]
    public void A_delta_is_the_event_that_the_writer_of_json_would_make(string text) => CheckDelta(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Rule_E161_a_delta_that_is_no_utf8_is_the_event_that_the_writer_of_json_would_make() =>
        CheckDelta([(byte)'a', 0xF0, 0x9F, (byte)'b', 0x80, 0xFF]);

    private static void CheckDelta(byte[] text)
    {
        foreach (var (kind, type, member) in ((BlockKind, string, string)[])
                 [
                     (BlockKind.Text, "text_delta", "text"), (BlockKind.Thinking, "thinking_delta", "thinking"),
                     (BlockKind.ToolUse, "input_json_delta", "partial_json"),
                 ])
        {
            var data = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(data, GatewayJson.WriterOptions))
            {
                json.WriteStartObject();
                json.WriteString("type", "content_block_delta");
                json.WriteNumber("index", 12);
                json.WriteStartObject("delta");
                json.WriteString("type", type);
                json.WriteString(Encoding.UTF8.GetBytes(member), text);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            var output = new ArrayBufferWriter<byte>();
            using var writer = new EventAnswerWriter(output);
            writer.Delta(12, kind, text);
            Assert.Equal($"event: content_block_delta\ndata: {Encoding.UTF8.GetString(data.WrittenSpan)}\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
        }
    }
}
