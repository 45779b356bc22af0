using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Ingress.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Ingress;

public class RequestTagsTests
{
    [Theory]
    [InlineData("env=prod", "env=prod")]
    [InlineData(" env = prod ,project=search,", "env=prod|project=search")]
    [InlineData("nightly", "nightly=true")]
    [InlineData("jobID:214590dsff09fds", "jobID=214590dsff09fds")]
    [InlineData("url=http://a/?b=c", "url=http://a/?b=c")]
    [InlineData("User-Agent: cli/2", "User-Agent=cli/2")]
    [InlineData("env=,b=1", "b=1")]
    [InlineData("env=a,env=a", "env=a")]
    [InlineData(", ,", "")]
    [InlineData("a/b.c_d-e=\"=SUM(A1)\"", "a/b.c_d-e=\"=SUM(A1)\"")]
    public void The_header_is_a_list(string header, string expected) => Assert.Equal(expected, Shown(OfHeader(header)));

    [Theory]
    [InlineData("""{"env":"prod","n":5,"x":true,"none":null,"empty":""}""", "env=prod|n=5|x=True")]
    [InlineData("""["env=prod","nightly","job:7"]""", "env=prod|nightly=true|job=7")]
    [InlineData("\"env=prod, b=c\"", "env=prod|b=c")]
    [InlineData("""{"caf\u00e9":"x"}""", null)]
    [InlineData("""{"place":"caf\u00e9, \"x\""}""", "place=café, \"x\"")]
    [InlineData("null", "")]
    [InlineData("{}", "")]
    [InlineData("[]", "")]
    public void The_bodys_are_an_object_or_a_list(string json, string? expected)
    {
        if (expected is null)
            Assert.StartsWith("metadata.tags: the name of a tag has", Refused(json));
        else
            Assert.Equal(expected, Shown(OfBody(json)), ignoreCase: true);
    }

    [Theory]
    [InlineData("a b=c", "gateway-tags, tag 1: the name of a tag has 1 to 64 letters")]
    [InlineData("a=b,=c", "gateway-tags, tag 2: the name of a tag has")]
    [InlineData("a=b,a=c", "gateway-tags, tag 2: the tag a is given more than once.")]
    [InlineData("a=b\u0007", "gateway-tags, tag 1: the value of a tag has at most 128 characters")]
    [InlineData("{\"a\":\"b\"}", "gateway-tags, tag 1: the name of a tag has")]
    public void A_header_that_is_no_list_is_refused_by_its_place(string header, string message) =>
        Assert.StartsWith(message, Assert.Throws<GatewayException>(() => OfHeader(header)).Message);

    [Theory]
    [InlineData("5", "metadata.tags: should be an object of texts")]
    [InlineData("[5]", "metadata.tags.0: should be a text")]
    [InlineData("[\"a\",[[[]]]]", "metadata.tags.1: should be a text")]
    [InlineData("{\"a\":{\"b\":\"c\"}}", "metadata.tags.a: should be a text.")]
    [InlineData("{\"a\":\"b\",\"a\":\"c\"}", "metadata.tags.a: the tag a is given more than once.")]
    [InlineData("{\"a\":\"\\ud800\"}", "metadata.tags.a: is not valid text.")]
    [InlineData("{\"\\ud800\":\"a\"}", "metadata.tags: is not valid text.")]
    [InlineData("{\"a\":\"\\u0000\"}", "metadata.tags.a: the value of a tag")]
    [InlineData("{},\"tags\":{\"b\":\"c\"}", null)]
    [InlineData("{\"a\":\"b\"},\"tags\":{}", "metadata.tags: is given more than once.")]
    public void What_is_no_tag_in_a_body_is_refused_by_its_path(string json, string? message)
    {
        if (message is null)
            Assert.Equal("b=c", Shown(OfBody(json)));
        else
            Assert.StartsWith(message, Refused(json));
    }

    [Fact]
    public void Lengths_and_numbers_have_bounds()
    {
        var name = new string('n', 64);
        var value = new string('v', 128);
        Assert.Equal($"{name}={value}", Shown(OfHeader($"{name}={value}")));
        Assert.Throws<GatewayException>(() => OfHeader($"{name}n={value}"));
        Assert.Throws<GatewayException>(() => OfHeader($"{name}={value}v"));
        var sixteen = string.Join(',', Enumerable.Range(0, 16).Select(i => $"t{i}=v"));
        Assert.Equal(16, OfHeader(sixteen)!.Count);
        Assert.Equal("gateway-tags, tag 17: at most 16 tags.", Assert.Throws<GatewayException>(() => OfHeader(sixteen + ",t16=v")).Message);
        Assert.Contains("at most 16 tags.", Refused("[" + string.Join(',', Enumerable.Range(0, 2_000).Select(i => $"\"t{i}\"")) + "]"));
    }

    [Fact]
    public void Lines_of_a_header_are_one_list() => Assert.Equal("a=b|c=d", Shown(RequestTags.Of(
        new HeaderDictionary { ["gateway-tags"] = new StringValues(["a=b", "c=d"]) }, null)));

    private static string Shown(Dictionary<string, string>? tags) => string.Join('|', (tags ?? []).Select(t => $"{t.Key}={t.Value}"));

    private static Dictionary<string, string>? OfHeader(string header) => RequestTags.Of(new HeaderDictionary { ["gateway-tags"] = header }, null);

    private static string Refused(string json) => Assert.Throws<GatewayException>(() => OfBody(json)).Message;

    private static Dictionary<string, string>? OfBody(string json) => EnvelopeReader.Read(
        Encoding.UTF8.GetBytes($$"""{"model":"m","metadata":{"tags":{{json}}},"max_tokens":1,"messages":[{"role":"user","content":""}]}"""),
        counting: false,
        EnvelopeReader.Version2023).Tags;
}
