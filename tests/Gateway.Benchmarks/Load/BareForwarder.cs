using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// What one hop costs when it does nothing else: Kestrel in, SocketsHttpHandler out, every piece passed on as it comes. The measure of
/// everything else in the table.
/// </summary>
internal static class BareForwarder
{
    public static async Task<int> RunAsync(string target)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => { k.AddServerHeader = false; k.Limits.MaxRequestBodySize = null; });
        await using var app = builder.Build();
        using var http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        });
        app.Run(context => ForwardAsync(context, http, target));
        await app.StartAsync();
        Console.WriteLine("ready " + app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task ForwardAsync(HttpContext context, HttpMessageInvoker http, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, target + context.Request.Path) { Content = new StreamContent(context.Request.Body) };
        foreach (var (name, value) in context.Request.Headers)
        {
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, (string?)value))
                request.Content.Headers.TryAddWithoutValidation(name, (string?)value);
        }

        try
        {
            using var answer = await http.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (name, values) in answer.Headers.NonValidated)
            {
                if (!name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
                    context.Response.Headers[name] = values.ToString();
            }

            foreach (var (name, values) in answer.Content.Headers.NonValidated)
                context.Response.Headers[name] = values.ToString();
            await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            var output = context.Response.BodyWriter;
            while (await body.ReadAsync(output.GetMemory(4096), context.RequestAborted) is > 0 and var read)
            {
                output.Advance(read);
                await output.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort();
        }
    }
}
