using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.DaprSdk;

/// <summary>A real HTTP server where the sidecar would be: keeps what it was sent, answers what the test says.</summary>
internal sealed class RecordingSidecar : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Recorded> _requests = new();

    private RecordingSidecar(WebApplication app) => _app = app;

    public sealed record Recorded(string Method, string Target, IHeaderDictionary Headers, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);
    }

    /// <summary>What to answer; 204 without a body where it says nothing.</summary>
    public Func<Recorded, HttpContext, Task> Answer { get; set; } = (_, context) =>
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    };

    /// <summary>The answer reads the body itself.</summary>
    public bool LeavesBody { get; set; }

    public IReadOnlyList<Recorded> Requests => [.. _requests];

    public string Url => _app.Urls.Single();

    public static async Task<RecordingSidecar> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o => o.Listen(System.Net.IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        var sidecar = new RecordingSidecar(builder.Build());
        sidecar._app.Run(sidecar.TakeAsync);
        await sidecar._app.StartAsync();
        return sidecar;
    }

    public void Answers(int status, string body = "", params (string Name, string Value)[] headers) => Answer = async (_, context) =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        if (body.Length > 0) await context.Response.WriteAsync(body);
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        if (!LeavesBody) await context.Request.Body.CopyToAsync(body);
        var headers = new HeaderDictionary(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase));
        var recorded = new Recorded(context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget, headers, body.ToArray());
        _requests.Enqueue(recorded);
        await Answer(recorded, context);
    }
}
