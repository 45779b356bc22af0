using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Dapr;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.DaprSdk;

public class CloudEventsTests
{
    private static async Task<(HttpStatusCode Status, string Seen)> PostAsync(string body, string contentType = "application/cloudevents+json", CloudEventsMiddlewareOptions? options = null, Encoding? encoding = null)
    {
        await using var app = await TestApp.StartAsync(_ => { }, app =>
        {
            if (options is null) app.UseCloudEvents();
            else app.UseCloudEvents(options);
            app.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                var forwarded = string.Concat(context.Request.Headers.Where(h => h.Key.StartsWith("Cloudevent.", StringComparison.Ordinal)).OrderBy(h => h.Key).Select(h => $"|{h.Key}={h.Value}"));
                await context.Response.WriteAsync($"{context.Request.ContentType ?? "null"}|{await reader.ReadToEndAsync()}{forwarded}");
            });
        });
        using var content = new ByteArrayContent((encoding ?? Encoding.UTF8).GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };
        using var response = await app.Http.PostAsync("/", content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("""{"data":{ "a" : 1 },"datacontenttype":"application/json; charset=utf-8"}""", """application/json|{"a":1}""")]
    [InlineData("""{"data":"hi \"q\"","datacontenttype":"text/plain"}""", "text/plain|hi \"q\"")]
    [InlineData("""{"data":"hi","datacontenttype":"application/json"}""", "application/json|\"hi\"")]
    [InlineData("""{"data":"hi","datacontenttype":"application/vnd.x+json"}""", "application/vnd.x+json|\"hi\"")]
    [InlineData("""{"data":"hi"}""", "application/json|\"hi\"")]
    [InlineData("""{"data":5,"datacontenttype":"text/plain"}""", "text/plain|5")]
    [InlineData("""{"data":null}""", "application/json|null")]
    [InlineData("""{"data_base64":"aGk=","datacontenttype":"application/octet-stream"}""", "application/octet-stream|hi")]
    [InlineData("""{"data_base64":"aGk="}""", "application/json|hi")]
    [InlineData("""{"id":"1"}""", "null|")]
    [InlineData("""{"DATA":7,"DataContentType":"text/plain"}""", "text/plain|7")]
    public async Task The_endpoint_sees_the_data_and_its_content_type(string cloudEvent, string seen) =>
        Assert.Equal((HttpStatusCode.OK, seen), await PostAsync(cloudEvent));

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/cloudevents-batch+json")]
    public async Task Other_content_types_are_left_alone(string contentType) =>
        Assert.Equal((HttpStatusCode.OK, contentType + """|{"data":1}"""), await PostAsync("""{"data":1}""", contentType));

    [Fact]
    public async Task A_charset_of_the_envelope_is_honoured() =>
        Assert.Equal((HttpStatusCode.OK, "text/plain|héllo"), await PostAsync("""{"data":"héllo","datacontenttype":"text/plain"}""", "application/cloudevents+json; charset=utf-16", encoding: Encoding.Unicode));

    [Fact]
    public async Task Both_kinds_of_data_are_a_bad_request() =>
        Assert.Equal((HttpStatusCode.BadRequest, ""), await PostAsync("""{"data":1,"data_base64":"aGk="}"""));

    [Theory]
    [InlineData("[1]")]
    [InlineData("nonsense")]
    public async Task An_envelope_that_is_no_object_fails(string body) =>
        Assert.Equal(HttpStatusCode.InternalServerError, (await PostAsync(body)).Status);

    [Fact]
    public async Task Text_stays_a_JSON_literal_when_decoding_is_suppressed() =>
        Assert.Equal("text/plain|\"hi\"", (await PostAsync("""{"data":"hi","datacontenttype":"text/plain"}""", options: new() { SuppressJsonDecodingOfTextPayloads = true })).Seen);

    [Fact]
    public async Task Properties_are_forwarded_as_headers_only_on_request()
    {
        const string Event = """{"id":"7","Type":"t.v1","time":"now","data":1,"datacontenttype":"application/json","pubsubname":"p","traceparent":"00"}""";

        Assert.Equal("application/json|1|Cloudevent.id=7|Cloudevent.time=now|Cloudevent.type=t.v1", (await PostAsync(Event, options: new() { ForwardCloudEventPropertiesAsHeaders = true })).Seen);
        Assert.Equal("application/json|1|Cloudevent.id=7", (await PostAsync(Event, options: new() { ForwardCloudEventPropertiesAsHeaders = true, IncludedCloudEventPropertiesAsHeaders = ["id"] })).Seen);
        Assert.Equal("application/json|1|Cloudevent.type=t.v1", (await PostAsync(Event, options: new() { ForwardCloudEventPropertiesAsHeaders = true, ExcludedCloudEventPropertiesFromHeaders = ["id", "time"] })).Seen);
        Assert.Equal("application/json|1", (await PostAsync(Event)).Seen);
    }
}
