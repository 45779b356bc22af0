using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.ProviderAdapter.Clouds;
using Gateway.Tests.ProviderAdapter;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Tests.Clouds;

/// <summary>An adapter with one door, calls through it, and what clouds answer.</summary>
internal static class CloudCalls
{
    public const string Body = """{"model":"MODEL","max_tokens":9,"stream":false,"messages":[{"role":"user","content":"Hé"}]}""";
    public const string Haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";

    public static Answer Refusal(int status, string type, string message) =>
        Answer.Json($$"""{"message":"{{message}}"}""", status).Header("x-amzn-errortype", type + ":http://internal").Header("x-amzn-requestid", "amzn-1");

    public static Answer Unauthenticated() => Answer.Json("""{"error":{"code":401,"message":"expired","status":"UNAUTHENTICATED"}}""", 401);

    public static Answer Frames(byte[] bytes) => Answer.Whole("application/vnd.amazon.eventstream", bytes);

    public static ReadToken Tokens(string token) => (_, _, _, _) => Task.FromResult(new Lease<string>(token, DateTimeOffset.UtcNow.AddHours(1)));

    public static Task<HttpResponseMessage> CallAsync(
        TestAdapter adapter, string model, bool stream = false, string operation = Operations.Generate, (string, string)[]? headers = null) =>
        adapter.CallAsync(
            Body.Replace("MODEL", model, StringComparison.Ordinal), stream, operation: operation,
            headers: [(GatewayHeaders.UpstreamModel, model), .. headers ?? []]);

    public static async Task<TestAdapter> StartAsync(
        FakeUpstream upstream, string door, string members = "\"region\":\"us-east-1\"", string? secret = AmazonSignature.Secret, ReadToken? tokens = null,
        TimeProvider? time = null)
    {
        var named = secret is null ? "" : ",\"secret\":\"KEY\"";
        var adapter = await TestAdapter.StartAsync(
            $$"""{ "p": { "dialect":"anthropic","descriptor":"{{door}}","baseUrl":"{{upstream.Url}}",{{members}}{{named}} } }""",
            services =>
            {
                if (tokens is not null)
                    services.Replace(ServiceDescriptor.Singleton(tokens));
            },
            time);
        if (secret is not null)
            adapter.Secrets["KEY"] = secret;
        return adapter;
    }
}
