using System.Text;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Providers;
using Gateway.Providers.Dialects;
using Gateway.Providers.Requests;

namespace Gateway.Tests.Translation;

/// <summary>A call to a made-up provider, for tests that need no fixture.</summary>
internal sealed class CallScope : IDisposable
{
    private const string Tools =
        """[{"name":"get_weather","input_schema":{"type":"object","properties":{}}},{"name":"get_time","input_schema":{"type":"object","properties":{}}}]""";

    public CallScope(string quirks = "[]", string thinking = "null", string dialect = "openai-chat")
        : this(
            Encoding.UTF8.GetBytes(
                $$"""{"model":"m","max_tokens":9000,"stream":true,"thinking":{{thinking}},"tools":{{Tools}},"messages":[{"role":"user","content":"Hi"}]}"""),
            quirks, dialect)
    {
    }

    public CallScope(ReadOnlyMemory<byte> body, string quirks = "[]", string dialect = "openai-chat")
    {
        var entry = new ProviderEntry { Dialect = dialect, BaseUrl = "https://provider.example", Quirks = JsonSerializer.Deserialize<string[]>(quirks)! };
        Call = new ProviderCall(RequestParser.Parse(body), ProviderDescriptors.Resolve("test", entry)!, "upstream-model", null);
    }

    public ProviderCall Call { get; }

    public void Dispose() => Call.Request.Dispose();
}
