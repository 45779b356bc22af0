using System.Text;
using System.Threading.Channels;
using Gateway.Contracts.Names;
using Gateway.Translator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Translation;

/// <summary>The translator on a real socket, and on another one a sidecar with a scripted adapter behind it.</summary>
internal sealed class TranslatorFixture : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private const string Catalog = """
        {
          "default": false,
          "providers": {
            "test": { "dialect": "openai-chat", "baseUrl": "https://provider.example/v1" },
            "native": { "dialect": "anthropic", "baseUrl": "https://provider.example" }
          },
          "models": [ { "id": "vendor/model", "routes": [ { "provider": "test", "model": "upstream-model" } ], "contextTokens": 8000, "maxOutputTokens": 500 } ]
        }
        """;

    private readonly WebApplication _translator;
    private readonly WebApplication _sidecar;
    private readonly string _catalog;
    private readonly Channel<RequestDelegate> _script = Channel.CreateUnbounded<RequestDelegate>();

    private DoneFilter _done = null!;

    private TranslatorFixture(WebApplication translator, WebApplication sidecar, string catalog)
    {
        _translator = translator;
        _sidecar = sidecar;
        _catalog = catalog;
    }

    public HttpClient Client { get; private init; } = null!;

    /// <summary>Header lines and body of every call the adapter got.</summary>
    public List<(IHeaderDictionary Headers, string Body)> Calls { get; } = [];

    /// <param name="time">The translator's clock, where a test moves it.</param>
    public static async Task<TranslatorFixture> StartAsync(TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var sidecar = builder.Build();
        TranslatorFixture? fixture = null;
        sidecar.MapPost($"/v1.0/invoke/{AppIds.ProviderAdapter}/method{InternalRoutes.Call}", context => fixture!.AnswerAsync(context));
        await sidecar.StartAsync();
        var catalog = Path.GetTempFileName();
        await File.WriteAllTextAsync(catalog, Catalog);
        var done = new DoneFilter();
        var translator = TranslatorHost.Build(
            ["--urls", "http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={sidecar.Urls.First()}", $"--GATEWAY_CATALOG={catalog}"],
            b =>
            {
                b.Logging.ClearProviders();
                b.Services.AddSingleton(time ?? TimeProvider.System);
                b.Services.AddSingleton<IStartupFilter>(done);
            });
        await translator.StartAsync();
        fixture = new TranslatorFixture(translator, sidecar, catalog)
        {
            _done = done,
            Client = new HttpClient { BaseAddress = new Uri(translator.Urls.First()), Timeout = Limit },
        };
        return fixture;
    }

    /// <summary>What the adapter does with its next call.</summary>
    public void Script(RequestDelegate answer) => _script.Writer.TryWrite(answer);

    public void Script(
        int status, string contentType, string body, string origin = GatewayHeaders.OriginUpstream, params (string Name, string Value)[] headers) =>
        Script(async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        if (origin.Length > 0)
            context.Response.Headers[GatewayHeaders.Origin] = origin;
        foreach (var (name, value) in headers)
            context.Response.Headers[name] = value;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    });

    public void ScriptStream(string body) => Script(200, "text/event-stream", body);

    public Task<HttpResponseMessage> SendAsync(
        string body, string path = InternalRoutes.Messages, string provider = "test", CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add(GatewayHeaders.RequestId, "req_1");
        request.Headers.Add(GatewayHeaders.Provider, provider);
        request.Headers.Add(GatewayHeaders.UpstreamModel, "upstream-model");
        request.Headers.Add(GatewayHeaders.RequestedModel, "my-model");
        request.Headers.Add(GatewayHeaders.CatalogModel, "vendor/model");
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>So many requests are over for the translator, too, which still learns from them when their clients have the answer.</summary>
    public async Task UntilDoneAsync(int requests)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (_done.Requests < requests)
            await Task.Delay(5, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _translator.DisposeAsync();
        await _sidecar.DisposeAsync();
        File.Delete(_catalog);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var headers = new HeaderDictionary();
        foreach (var (name, value) in context.Request.Headers)
            headers[name] = value;
        lock (Calls)
            Calls.Add((headers, body));
        using var limit = new CancellationTokenSource(Limit);
        await (await _script.Reader.ReadAsync(limit.Token))(context);
    }

    private sealed class DoneFilter : IStartupFilter
    {
        private int _requests;

        public int Requests => Volatile.Read(ref _requests);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, following) =>
            {
                await following(context);
                Interlocked.Increment(ref _requests);
            });
            next(app);
        };
    }
}
