using System.Net.Sockets;
using Gateway.Contracts.Catalog;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gateway.Hosting;

/// <summary>
/// Starting a service. What is wrong in its settings, files and addresses is one line on standard error and exit code 1; a stack trace is
/// for faults of the code alone.
/// </summary>
public static class ServiceStart
{
    /// <summary>A service as a process of its own: starts it and runs it until it is told to stop. For <c>Program.cs</c>.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Func<string[], Action<WebApplicationBuilder>?, WebApplication> build)
    {
        SocketThreads.WorkInline();
        WebApplication? app = null;
        try
        {
            app = build(args, null);
            await StartAsync(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (OperationCanceledException) when (app is { Lifetime.ApplicationStopping.IsCancellationRequested: true })
        {
            // Told to stop while it started. It may be answering already.
            await app.StopAsync();
            return 0;
        }
        catch (Exception e) when (app is not { Lifetime.ApplicationStarted.IsCancellationRequested: true } && Reason(e) is { } reason)
        {
            await ReportAsync(reason);
            return 1;
        }
        finally
        {
            if (app is not null)
                await app.DisposeAsync();
        }
    }

    /// <summary>Starts a host.</summary>
    /// <exception cref="StartException">It cannot listen where it should.</exception>
    public static async Task StartAsync(WebApplication app, CancellationToken cancellationToken = default)
    {
        CheckUrls(AddressesOf(app.Configuration));
        // A catalog with mistakes is found now, not by the first request.
        app.Services.GetRequiredService<CatalogSource>();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: AddressInUseException })
        {
            var cause = e is SocketException ? e.Message.ToLowerInvariant() : "the address is already in use";
            throw new StartException($"Cannot listen on {AddressesOf(app.Configuration)}: {cause}. Choose another with --urls http://127.0.0.1:PORT.", e);
        }
    }

    /// <summary>
    /// Whether these are addresses to listen on. The server itself takes what it cannot read for the name of a host, and listens on port 80 of
    /// every interface.
    /// </summary>
    /// <param name="urls">Several separated by <c>;</c></param>
    /// <exception cref="StartException">One of them is not.</exception>
    public static void CheckUrls(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Any interface, in the server's way of saying it.
            var host = url.Replace("://*", "://localhost", StringComparison.Ordinal).Replace("://+", "://localhost", StringComparison.Ordinal);
            if (!Uri.TryCreate(host, UriKind.Absolute, out var parsed) || parsed.Scheme != Uri.UriSchemeHttp)
                throw new StartException($"--urls: '{url}' is not an http URL such as http://127.0.0.1:8080.");
        }
    }

    /// <summary>What to tell whoever runs the service, in one line; null where a stack trace says more, since the fault is in the code.</summary>
    public static string? Reason(Exception exception) => exception switch
    {
        StartException or CatalogException => OneLine(exception.Message),
        OptionsValidationException mistakes => OneLine(string.Join(" ", mistakes.Failures)),
        AggregateException several => several.Flatten().InnerExceptions.Select(Reason).ToList() is var reasons && reasons.TrueForAll(r => r is not null)
            ? string.Join(" ", reasons)
            : null,
        // What the runtime throws where a file, an address or a section of the configuration is not what it should be.
        FormatException or InvalidDataException or InvalidOperationException or ArgumentException or IOException or UnauthorizedAccessException =>
            OneLine(exception.InnerException is { } inner && !exception.Message.Contains(inner.Message, StringComparison.Ordinal)
                ? $"{exception.Message} {inner.Message}"
                : exception.Message),
        _ => null,
    };

    public static Task ReportAsync(string reason) => Console.Error.WriteLineAsync("The gateway cannot start. " + reason);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string AddressesOf(IConfiguration configuration) =>
        configuration["urls"] is { Length: > 0 } urls ? urls
        : configuration["http_ports"] is { Length: > 0 } ports ? string.Join(';', ports.Split(';', StringSplitOptions.TrimEntries).Select(p => $"http://*:{p}"))
        : "http://localhost:5000";
}
