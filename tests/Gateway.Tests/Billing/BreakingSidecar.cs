using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Billing;

/// <summary>Stands between billing and its sidecar, and lets an actor's next write fail: before the sidecar has seen it, or with its answer lost.</summary>
internal sealed class BreakingSidecar : IAsyncDisposable
{
    private readonly WebApplication _proxy;
    private readonly HttpClient _sidecar = new(new SocketsHttpHandler { UseCookies = false });
    private int _refuse, _loseAnswer, _pass, _fail;
    private volatile string? _refused;
    private (string Path, TaskCompletionSource Over)? _hung;

    private BreakingSidecar(WebApplication proxy) => _proxy = proxy;

    public Uri Address { get; private set; } = null!;

    /// <summary>The sidecar behind; once it is known.</summary>
    public Uri? Behind { get; set; }

    public static async Task<BreakingSidecar> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var breaking = new BreakingSidecar(builder.Build());
        breaking._proxy.Run(breaking.HandleAsync);
        await breaking._proxy.StartAsync();
        breaking.Address = new Uri(breaking._proxy.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return breaking;
    }

    /// <summary>What billing has asked for: method and path.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void RefuseWrites(int count) => _refuse = count;

    /// <summary>Calls whose path has this in it fail; null: none does.</summary>
    /// <param name="path">A part of their path.</param>
    /// <param name="after">The first of them pass.</param>
    /// <param name="times">And those after so many, too.</param>
    public void Refuse(string? path, int after = 0, int times = int.MaxValue)
    {
        (_pass, _fail) = (after, times);
        _refused = path;
    }

    /// <summary>Every call whose path has this in it gets no answer until another is named; null: none.</summary>
    public void Hang(string? path)
    {
        (_hung, var before) = (path is null ? null : (path, new TaskCompletionSource()), _hung);
        before?.Over.SetResult();
    }

    public void LoseAnswersToWrites(int count) => _loseAnswer = count;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _sidecar.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
        var isWrite = context.Request.Method == HttpMethods.Put
            && context.Request.Path.Value!.Contains("/actors/Account/", StringComparison.Ordinal)
            && context.Request.Path.Value.EndsWith("/state", StringComparison.Ordinal);
        if (_hung is { } hung && context.Request.Path.Value!.Contains(hung.Path, StringComparison.Ordinal))
            await hung.Over.Task.WaitAsync(context.RequestAborted);
        if ((isWrite && Interlocked.Decrement(ref _refuse) >= 0)
            || (_refused is { } refused && context.Request.Path.Value!.Contains(refused, StringComparison.Ordinal)
                && Interlocked.Decrement(ref _pass) < 0 && Interlocked.Decrement(ref _fail) >= 0))
        {
            context.Response.StatusCode = 500;
            return;
        }

        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), new Uri(Behind!, context.Request.GetEncodedPathAndQuery().TrimStart('/')));
        if (context.Request.ContentLength > 0)
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        }

        using var answer = await _sidecar.SendAsync(request);
        context.Response.StatusCode = isWrite && Interlocked.Decrement(ref _loseAnswer) >= 0 ? 500 : (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers)
        {
            if (name != "Transfer-Encoding")
                context.Response.Headers[name] = values.ToArray();
        }

        if (answer.StatusCode != HttpStatusCode.NoContent && context.Response.StatusCode != 204)
            await answer.Content.CopyToAsync(context.Response.Body);
    }
}
