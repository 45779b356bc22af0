using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Gateway.Contracts.Names;
using Gateway.Contracts.Sse;
using Gateway.Fakes;
using Gateway.Hosting;
using Gateway.ProviderAdapter;
using Gateway.ProviderAdapter.Credentials;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>The adapter on a socket of its own, a catalog with the providers given, and a secret store that is a dictionary.</summary>
internal sealed class TestAdapter : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;
    private readonly string _catalog;

    private TestAdapter(WebApplication app, string catalog, HttpClient client)
    {
        _app = app;
        _catalog = catalog;
        Client = client;
    }

    public HttpClient Client { get; }
    public ConcurrentDictionary<string, string> Secrets { get; private init; } = new();
    public ConcurrentQueue<string> SecretReads { get; private init; } = new();
    public ConcurrentQueue<string> Logs { get; private init; } = new();

    /// <summary>One provider named <c>p</c> at the fake upstream, with the secret <c>KEY</c>.</summary>
    /// <param name="entry">More members of its catalog entry: <c>"maxConcurrency": 1</c>.</param>
    public static Task<TestAdapter> StartAsync(
        FakeUpstream upstream, string dialect = "anthropic", string entry = "", TimeProvider? time = null, params string[] settings)
    {
        var secret = entry.Contains("secret", StringComparison.Ordinal) ? "" : ", \"secret\": \"KEY\"";
        var more = entry.Length == 0 ? "" : ", " + entry;
        return StartAsync($$"""{ "p": { "dialect": "{{dialect}}", "baseUrl": "{{upstream.Url}}"{{secret}}{{more}} } }""", time, settings);
    }

    public static Task<TestAdapter> StartAsync(string providers, TimeProvider? time = null, params string[] settings) =>
        StartAsync(providers, _ => { }, time, settings);

    /// <param name="providers">Those of the catalog.</param>
    /// <param name="configure">Services in place of the real ones.</param>
    /// <param name="time">The clock.</param>
    /// <param name="settings">As on the command line.</param>
    public static async Task<TestAdapter> StartAsync(
        string providers, Action<IServiceCollection> configure, TimeProvider? time = null, params string[] settings)
    {
        var catalog = Path.Combine(Path.GetTempPath(), $"catalog-{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(catalog, Catalog(providers));
        var secrets = new ConcurrentDictionary<string, string>([new("KEY", "sk-secret-value")]);
        var reads = new ConcurrentQueue<string>();
        var logs = new ConcurrentQueue<string>();
        var app = ProviderAdapterHost.Build(["--urls", "http://127.0.0.1:0", $"--{CatalogSource.Setting}", catalog, .. settings], builder =>
        {
            var services = builder.Services;
            services.Replace(ServiceDescriptor.Singleton<ReadSecret>((name, _) =>
            {
                reads.Enqueue(name);
                return Task.FromResult(secrets.TryGetValue(name, out var value) ? new Dictionary<string, string> { [name] = value } : []);
            }));
            services.AddSingleton<ILoggerProvider>(new Capture(logs));
            services.Configure<LoggerFilterOptions>(o => o.Rules.Insert(0, new LoggerFilterRule(typeof(Capture).FullName, null, LogLevel.Trace, null)));
            if (time is not null)
                services.Replace(ServiceDescriptor.Singleton(time));
            configure(services);
        });
        await app.StartAsync();
        // Longer than any limit in here: a test that waits for the adapter shall fail by its own limit.
        var client = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                ResponseDrainTimeout = TimeSpan.Zero,
                UseCookies = false,
                RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            })
        {
            BaseAddress = new Uri(app.Urls.First()),
            Timeout = Limit,
        };
        return new TestAdapter(app, catalog, client) { Secrets = secrets, SecretReads = reads, Logs = logs };
    }

    public static string Catalog(string providers) => $$"""{ "default": false, "providers": {{providers}}, "models": [] }""";

    public static HttpRequestMessage Request(
        string body, bool stream = false, string provider = "p", string operation = Operations.Generate, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, InternalRoutes.Call) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        // As the other services send it: without a length, so that no sidecar sends it twice.
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Add(GatewayHeaders.Provider, provider);
        request.Headers.Add(GatewayHeaders.Operation, operation);
        request.Headers.Add(GatewayHeaders.UpstreamModel, "model-1");
        request.Headers.Add(GatewayHeaders.RequestId, "req-test");
        request.Headers.Add(GatewayHeaders.Stream, stream ? "true" : "false");
        foreach (var (name, value) in headers)
        {
            // One of ours is said once.
            if (name.StartsWith(GatewayHeaders.Prefix, StringComparison.Ordinal))
                request.Headers.Remove(name);
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    public async Task<HttpResponseMessage> CallAsync(
        string body = "{}", bool stream = false, string provider = "p", string operation = Operations.Generate, params (string Name, string Value)[] headers)
    {
        using var request = Request(body, stream, provider, operation, headers);
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The data of all events, and how the stream ended.</summary>
    public static async Task<(List<string> Data, Gateway.Contracts.Errors.ErrorKind? Abort)> ReadEventsAsync(HttpResponseMessage response)
    {
        using var limit = new CancellationTokenSource(Limit);
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        using var reader = new SseReader(stream);
        var data = new List<string>();
        do
        {
            while (reader.TryRead(out var e))
            {
                if (e.HasData)
                    data.Add(Encoding.UTF8.GetString(e.Data));
            }
        }
        while (await reader.FillAsync(limit.Token));
        if (reader.TryReadRest(out var last))
            data.Add(Encoding.UTF8.GetString(last.Data));
        return (data, reader.Abort);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
        File.Delete(_catalog);
    }

    private sealed class Capture(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{logLevel} {formatter(state, exception)} {exception}"));

        public void Dispose() { }
    }
}
