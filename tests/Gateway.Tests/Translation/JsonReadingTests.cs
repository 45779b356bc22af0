using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Tests.Translation;

/// <summary>The gateway's own readers of JSON against the framework's: the same verdict on every text, the same values in it.</summary>
public class JsonReadingTests
{
    private static readonly string[] Texts =
    [
        """{"id":"chatcmpl-1","n":[1,-2.5,0,1e3,1E+3,-0.0e-2],"t":true,"f":false,"z":null,"s":"a\"b\\c\/\b\f\n\r\té\ud83d\ude00 \ud800","o":{"a":{}"""
        + ""","b":[]},"dup":1,"dup":2}""",
        """ { "a" : [ 1 , "x" , { } ] , "a\u0062" : "é 日本 😀" } """,
        "\"a string that is longer than one look at it takes, with \\\"escapes\\\" far from its beginning \\u00e9\"",
        "-12.5e-3", "true", "[[[[]]],{\"\":\"\"}]",
    ];

    private static readonly string[] Wrong =
    [
        "", " ", "{", "[", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\t\"", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
        "[1,]", "[,1]", "[1 2]", "{\"a\":1 \"b\":2}", "{a:1}", "01", "-", "1.", ".5", "1e",
        "+1", "tru", "truex", "nul", "nullx", "{}{}", "{} x", "[1]]", "{\"a\":1]", "[1}", "// c\n1", "1 /* c */", "'a'", "NaN", "\u00a01",
    ];

    public static TheoryData<string> Cases => [.. Texts, .. Wrong, Nested(GatewayJson.MaxDepth), Nested(GatewayJson.MaxDepth + 1)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_text_is_taken_or_refused_as_by_the_framework(string text) => Compare(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void And_so_is_one_with_any_byte_of_it_changed_or_cut_off()
    {
        var bytes = "{}[]\",:\\u0a9-+.eEtn /\n\u0001x"u8;
        foreach (var text in Texts)
        {
            var whole = Encoding.UTF8.GetBytes(text);
            for (var at = 0; at < whole.Length; at++)
            {
                Compare(whole[..at]);
                foreach (var b in bytes)
                {
                    var changed = whole.ToArray();
                    changed[at] = b;
                    if (Utf8.IsValid(changed))
                        Compare(changed);
                }
            }
        }
    }

    [Theory]
    [InlineData("""{"a":1,"b":2,"a":3}""", "a", "3")]
    [InlineData("""{"a\u0062":1}""", "ab", "1")]
    [InlineData("""{"ab":1}""", "a", "")]
    [InlineData("""{"x":{"a":1}}""", "a", "")]
    public void Of_members_with_one_name_the_last_counts_and_names_may_have_escapes(string text, string name, string value)
    {
        using var index = new JsonIndex(Encoding.UTF8.GetBytes(text));
        Assert.Equal(value, Encoding.UTF8.GetString(index.Root.Member(name).Raw.Span));
    }

    private static void Compare(byte[] text)
    {
        JsonDocument? expected = null;
        try
        {
            expected = JsonDocument.Parse(text, GatewayJson.DocumentOptions);
        }
        catch (JsonException)
        {
            Assert.ThrowsAny<JsonException>(() => new JsonIndex(text));
            return;
        }

        using (expected)
        using (var index = new JsonIndex(text))
            Same(expected.RootElement, index.Root);
    }

    private static void Same(JsonElement expected, JsonIndex.Value actual)
    {
        Assert.Equal(expected.ValueKind, actual.Kind);
        Assert.Equal(expected.GetRawText(), Encoding.UTF8.GetString(actual.Raw.Span));
        var values = new List<JsonIndex.Value>();
        foreach (var value in actual)
            values.Add(value);
        if (expected.ValueKind == JsonValueKind.Array)
        {
            Assert.Equal(expected.GetArrayLength(), values.Count);
            foreach (var (item, value) in expected.EnumerateArray().Zip(values))
                Same(item, value);
        }
        else if (expected.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(expected.EnumerateObject().Count(), values.Count);
            foreach (var (member, value) in expected.EnumerateObject().Zip(values))
            {
                Assert.True(value.IsNamed("another", member.Name));
                Same(member.Value, value);
            }
        }
        else
        {
            Assert.Empty(values);
            Assert.Equal(JsonText.Read(expected), actual.Raw.Text());
        }
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);
}
