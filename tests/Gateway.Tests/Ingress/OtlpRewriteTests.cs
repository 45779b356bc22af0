using System.Text;
using System.Text.Json.Nodes;
using Gateway.Ingress.Otlp;

namespace Gateway.Tests.Ingress;

/// <summary>Telemetry as it goes on to the collector: what it was, and who has sent it.</summary>
public class OtlpRewriteTests
{
    private static readonly OtlpSender Sender = new(["key_1", "team:t", "org:o"], static id => "#" + id);

    [Fact]
    public void A_json_body_says_who_has_sent_it_and_by_which_name_its_session_is_known()
    {
        const string Body =
            """
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"claude-code"}},
              {"key":"gateway.key.id","value":{"stringValue":"key_forged"}}],"droppedAttributesCount":0},
             "scopeMetrics":[{"scope":{"name":"x"},"metrics":[{"name":"claude_code.token.usage","sum":{"dataPoints":[
               {"attributes":[{"key":"session.id","value":{"stringValue":"s-1"}},{"key":"gateway.session","value":{"stringValue":"forged"}}],
                "asDouble":1.50}]}}]}]},
             {"scopeMetrics":[]}]}
            """;
        var sent = JsonNode.Parse(OtlpJson.Rewrite(Encoding.UTF8.GetBytes(Body), OtlpSignals.Metrics, Sender))!;
        Assert.Equal(
            ["service.name=claude-code", "gateway.key.id=key_1", "gateway.team.id=team:t", "gateway.organization.id=org:o"],
            Attributes(sent["resourceMetrics"]![0]!["resource"]!["attributes"]!));
        Assert.Equal(0, (int)sent["resourceMetrics"]![0]!["resource"]!["droppedAttributesCount"]!);
        var point = sent["resourceMetrics"]![0]!["scopeMetrics"]![0]!["metrics"]![0]!["sum"]!["dataPoints"]![0]!;
        Assert.Equal(["session.id=s-1", "gateway.session=#s-1"], Attributes(point["attributes"]!));
        Assert.Equal("1.50", point["asDouble"]!.ToJsonString());
        Assert.Equal(3, Attributes(sent["resourceMetrics"]![1]!["resource"]!["attributes"]!).Count());
    }

    [Theory]
    [InlineData("metrics")]
    [InlineData("logs")]
    [InlineData("traces")]
    public void A_protobuf_body_does_so_too(string name)
    {
        var signal = OtlpSignalsFormAttribute.Read(name)!.Value;
        byte[] forged = Attribute("gateway.key.id", "key_forged"), own = Attribute("service.name", "claude-code"), session = Attribute("session.id", "s-1");
        byte[] unknown = [.. Field(90, [1, 2, 3]), 0xa0, 0x06, 0x96, 0x01, 0xa5, 0x06, 1, 2, 3, 4, 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8];
        var item = name switch
        {
            "metrics" => Field(2, Concat(Field(1, "m"), Field(7, Field(1, Concat(Field(7, session), unknown))))),
            "logs" => Field(2, Concat(Field(6, session), unknown)),
            _ => Field(2, Concat(Field(9, session), unknown)),
        };
        var body = Field(1, Concat(Field(1, Concat(Field(1, own), Field(1, forged))), Field(2, item), unknown));
        var named = Attribute("gateway.session", "#s-1");
        var expectedItem = name switch
        {
            "metrics" => Field(2, Concat(Field(1, "m"), Field(7, Field(1, Concat(Field(7, session), unknown, Field(7, named)))))),
            "logs" => Field(2, Concat(Field(6, session), unknown, Field(6, named))),
            _ => Field(2, Concat(Field(9, session), unknown, Field(9, named))),
        };
        var identity = Concat(
            Field(1, Attribute("gateway.key.id", "key_1")), Field(1, Attribute("gateway.team.id", "team:t")),
            Field(1, Attribute("gateway.organization.id", "org:o")));
        var expected = Field(1, Concat(Field(1, Concat(Field(1, own), identity)), Field(2, expectedItem), unknown));
        Assert.Equal(expected, OtlpProtobuf.Rewrite(body, signal, Sender));

        // One without a resource gets one.
        Assert.Equal(Field(1, Concat(Field(2, expectedItem), Field(1, identity))), OtlpProtobuf.Rewrite(Field(1, Field(2, item)), signal, Sender));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"resourceMetrics\":{}}")]
    [InlineData("{\"resourceMetrics\":[1]}")]
    [InlineData("{\"resourceMetrics\":[{\"a\":\"\\ud800\"}]}")]
    [InlineData("{\"resourceMetrics\":[")]
    public void What_is_no_json_of_it_is_not_passed_on(string body) =>
        Assert.Null(OtlpJson.Rewrite(Encoding.UTF8.GetBytes(body), OtlpSignals.Metrics, Sender));

    /// <summary>Whatever comes in, it ends, and nothing is thrown.</summary>
    [Fact]
    public void What_is_no_protobuf_of_it_is_not_passed_on()
    {
        var whole = Field(1, Concat(Field(1, Field(1, Attribute("a", "b"))), Field(2, Field(2, Field(6, Attribute("session.id", "s"))))));
        for (var length = 1; length < whole.Length; length++)
            Assert.Null(OtlpProtobuf.Rewrite(whole.AsSpan(0, length), OtlpSignals.Logs, Sender));
        Assert.Null(OtlpProtobuf.Rewrite("{\"resourceLogs\":[]}"u8, OtlpSignals.Logs, Sender));
        Assert.Null(OtlpProtobuf.Rewrite([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], OtlpSignals.Logs, Sender));
        Assert.Null(OtlpProtobuf.Rewrite(Field(1, [0x0b]), OtlpSignals.Logs, Sender));
        var random = new Random(7);
        var bytes = new byte[200];
        for (var i = 0; i < 2_000; i++)
        {
            random.NextBytes(bytes);
            bytes[0] = 0x0a;
            bytes[1] = 0x60;
            OtlpProtobuf.Rewrite(bytes.AsSpan(0, 98), OtlpSignals.Metrics, Sender);
        }
    }

    [Fact]
    public void One_sender_takes_no_room_from_the_others()
    {
        var room = new OtlpRoom();
        var mine = new List<OtlpRoom.Share>();
        while (room.TryTake("flood", 1024 * 1024) is { } share)
            mine.Add(share);
        Assert.Equal(OtlpRoom.MaxBytesOfOne, room.Held);
        using (room.TryTake("other", 1024))
            Assert.Equal(OtlpRoom.MaxBytesOfOne + 1024, room.Held);
        mine[0].Shrink(1000);
        Assert.Equal(OtlpRoom.MaxBytesOfOne - (1024 * 1024) + 1000, room.Held);
        mine.ForEach(share => share.Dispose());
        mine[0].Dispose();
        Assert.Equal(0, room.Held);
        var all = new List<OtlpRoom.Share>();
        for (var i = 0; room.TryTake($"sender-{i}", OtlpRoom.MaxBytesOfOne) is { } share; i++)
            all.Add(share);
        Assert.Equal(OtlpRoom.MaxBytes, room.Held);
    }

    private static IEnumerable<string> Attributes(JsonNode attributes) =>
        attributes.AsArray().Select(a => $"{a!["key"]}={a["value"]!["stringValue"]}");

    private static byte[] Attribute(string name, string value) => Concat(Field(1, name), Field(2, Field(1, value)));

    private static byte[] Field(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Field(int number, byte[] value) => [.. Varint((number << 3) | 2), .. Varint(value.Length), .. value];

    private static byte[] Varint(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    [Fact]
    public void A_body_that_would_become_far_more_than_it_was_is_not_written()
    {
        byte[] empty = [0x0a, 0x00];
        Assert.Null(OtlpProtobuf.Rewrite(Enumerable.Repeat(empty, 500_000).SelectMany(b => b).ToArray(), OtlpSignals.Logs, Sender));
        var json = "{\"resourceLogs\":[" + string.Join(',', Enumerable.Repeat("{}", 300_000)) + "]}";
        Assert.Null(OtlpJson.Rewrite(System.Text.Encoding.UTF8.GetBytes(json), OtlpSignals.Logs, Sender));
    }
}
