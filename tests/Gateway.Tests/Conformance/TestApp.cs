using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Gateway.Local.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Conformance;

/// <summary>The app behind a sidecar: echoes what it gets, unless a test has put a handler on the path, and remembers every request.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, RequestDelegate> _handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Channel<Recorded>> _seen = new(StringComparer.Ordinal);

    private TestApp(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>Without a socket, if the app was started so.</summary>
    public HttpMessageHandler? Door => (_app.Services.GetRequiredService<IServer>() as InProcessServer)?.Door;

    /// <param name="listen">Null: any free port.</param>
    /// <param name="inProcess">Takes calls of this process without a socket, too.</param>
    public static async Task<TestApp> StartAsync(Uri? listen, string? config = null, string? subscribe = null, bool inProcess = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, listen?.Port ?? 0);
        });
        if (inProcess)
        {
            builder.Services.AddLogging();
            InProcessServer.Add(builder.Services);
        }

        var app = new TestApp(builder.Build());
        app.Answer("/dapr/config", config is null ? 404 : 200, config ?? "");
        app.Answer("/dapr/subscribe", subscribe is null ? 404 : 200, subscribe ?? "");
        app._app.Run(app.HandleAsync);
        await app._app.StartAsync();
        app.Address = new Uri(app._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return app;
    }

    public void On(string path, RequestDelegate handler) => _handlers[path] = handler;

    public void Answer(string path, int status, string body = "", string contentType = "application/json") => On(path, async context =>
    {
        context.Response.StatusCode = status;
        if (body.Length > 0)
        {
            context.Response.ContentType = contentType;
            await context.Response.WriteAsync(body);
        }
    });

    /// <summary>The next request to this path that no test has taken yet.</summary>
    public async Task<Recorded> NextAsync(string path, double seconds = 10)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return await Seen(path).Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"no request to {path} within {seconds} s; there were some to: {string.Join(", ", _seen.Keys)}");
        }
    }

    /// <summary>True when nothing came to this path for so long.</summary>
    public async Task<bool> IsQuietAsync(string path, double seconds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return !await Seen(path).Reader.WaitToReadAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    /// <summary>Takes every event from here on, and forgets those that come, until none has for longer than any policy of the resources waits.</summary>
    public async Task DrainTopicsAsync()
    {
        const string Topics = "/topic/";
        var isHandled = false;
        foreach (var path in _handlers.Keys.Where(p => p.StartsWith(Topics, StringComparison.Ordinal)))
            isHandled |= _handlers.TryRemove(path, out _);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var isQuiet = false; !isQuiet;)
        {
            // Only a test that has answered for the app itself can have left tries behind.
            if (isHandled)
                await Task.Delay(TimeSpan.FromMilliseconds(400), limit.Token);
            isQuiet = true;
            foreach (var (_, seen) in _seen.Where(s => s.Key.StartsWith(Topics, StringComparison.Ordinal)))
            {
                while (seen.Reader.TryRead(out _))
                    isQuiet = !isHandled;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private Channel<Recorded> Seen(string path) => _seen.GetOrAdd(path, static _ => Channel.CreateUnbounded<Recorded>());

    private async Task HandleAsync(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var path = target.Split('?')[0];
        if (path.StartsWith("/stream/", StringComparison.Ordinal))
        {
            // These read their body themselves, piece by piece.
            await _handlers[path](context);
            return;
        }

        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = "";
        try
        {
            body = await reader.ReadToEndAsync(context.RequestAborted);
        }
        catch (Exception error) when (error is IOException or BadHttpRequestException or OperationCanceledException)
        {
            body = "broken: " + error.GetType().Name;
        }

        var recorded = new Recorded(
            DateTimeOffset.UtcNow, context.Request.Method, target,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body);
        Seen(path).Writer.TryWrite(recorded);
        if (_handlers.TryGetValue(path, out var handler))
        {
            context.Items["body"] = body;
            await handler(context);
            return;
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(recorded.ToJson());
    }

    internal sealed record Recorded(DateTimeOffset At, string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        public string? Header(string name) => Headers.GetValueOrDefault(name);

        public string ToJson()
        {
            var headers = new JsonObject();
            foreach (var (name, value) in Headers)
                headers[name] = value;
            return new JsonObject { ["method"] = Method, ["target"] = Target, ["headers"] = headers, ["body"] = Body }.ToJsonString();
        }
    }
}
