using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Gateway.ContainerTests;

/// <summary>What the local sidecar promises, held against the runtime it stands for; and the whole gateway on that runtime.</summary>
public class RealDaprTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly string Root = FindRoot();

    // .../.artifacts/bin/Gateway.ContainerTests/<configuration>/
    private static readonly string Configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    [FactIfDocker]
    public async Task The_conformance_tests_pass_against_the_real_runtime()
    {
        using var limit = new CancellationTokenSource(Limit);
        await using var dapr = await Dapr.StartAsync(limit.Token);
        var (appA, appB) = (Dapr.FreePort(), Dapr.FreePort());
        var resources = Path.Combine(Root, "tests", "Gateway.Tests", "Conformance", "resources");
        File.Copy(Path.Combine(resources, "secrets.json"), Path.Combine(dapr.Data, "secrets.json"));
        var a = await dapr.SidecarAsync("a", appA, resources, Dapr.FreePort(), [], limit.Token);
        var b = await dapr.SidecarAsync("b", appB, resources, Dapr.FreePort(), [], limit.Token);
        var (code, output) = await RunAsync(
            ["test", Assembly("Gateway.Tests"), "--filter", "FullyQualifiedName~Gateway.Tests.Conformance"],
            new()
            {
                ["DAPR_HTTP_ENDPOINT_A"] = a.ToString().TrimEnd('/'),
                ["DAPR_HTTP_ENDPOINT_B"] = b.ToString().TrimEnd('/'),
                ["CONFORMANCE_APP_URL_A"] = $"http://127.0.0.1:{appA}",
                ["CONFORMANCE_APP_URL"] = $"http://127.0.0.1:{appB}",
            },
            limit.Token);
        Assert.True(code == 0, $"{output}\n{await dapr.LogsAsync()}");
    }

    [FactIfDocker]
    public async Task A_stream_runs_through_all_services_and_its_usage_is_counted()
    {
        const string Admin = "gw-admin-container-tests";
        const string Key = "gw-container-tests";
        using var limit = new CancellationTokenSource(Limit);
        await using var dapr = await Dapr.StartAsync(limit.Token);
        var outbox = Directory.CreateTempSubdirectory("outbox-").FullName;
        var services = new List<Process>();
        try
        {
            Uri ingress = null!;
            foreach (var (appId, assembly) in new[]
                     {
                         ("billing", "Gateway.Billing"), ("provider-adapter", "Gateway.ProviderAdapter"), ("translator", "Gateway.Translator"),
                         ("ingress", "Gateway.Ingress"),
                     })
            {
                var (port, grpc) = (Dapr.FreePort(), Dapr.FreePort());
                var sidecar = await dapr.SidecarAsync(appId, port, Path.Combine(Root, "components"), grpc,
                    [
                        "--config", "/resources/configuration.yaml", "--max-body-size", "40Mi", "--read-buffer-size", "64Ki",
                        "--enable-app-health-check", "--app-health-check-path", "/healthz/live"],
                    limit.Token);
                ingress = new Uri($"http://127.0.0.1:{port}");
                services.Add(Start([Assembly(assembly), "--urls", ingress.ToString()], new()
                {
                    ["DAPR_HTTP_PORT"] = Dapr.Text(sidecar.Port),
                    ["DAPR_GRPC_PORT"] = Dapr.Text(grpc),
                    ["GATEWAY_ADMIN_KEY"] = Admin,
                    ["GATEWAY_API_KEY"] = Key,
                    ["GATEWAY_OUTBOX"] = outbox,
                }));
            }

            using var client = new HttpClient { BaseAddress = ingress };
            await UntilAsync(async () => (await client.GetAsync("/healthz/ready", limit.Token)).StatusCode == HttpStatusCode.OK, limit.Token);
            client.DefaultRequestHeaders.Add("x-api-key", Key);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages")
            {
                Content = new StringContent(
                    """{"model":"demo/echo","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hello"}]}""", Encoding.UTF8,
                    "application/json"),
            };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var stream = await response.Content.ReadAsStringAsync(limit.Token);
            Assert.True(response.StatusCode == HttpStatusCode.OK, stream);
            Assert.Contains("event: message_stop", stream);

            await UntilAsync(async () =>
            {
                using var ask = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/usage?groupBy=model");
                ask.Headers.Authorization = new("Bearer", Admin);
                using var usage = await client.SendAsync(ask, limit.Token);
                var body = await usage.Content.ReadAsStringAsync(limit.Token);
                return usage.IsSuccessStatusCode && JsonDocument.Parse(body).RootElement.GetProperty("totals").GetProperty("requests").GetInt64() == 1;
            }, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Assert.Fail(await dapr.LogsAsync());
        }
        finally
        {
            foreach (var service in services)
            {
                service.Kill(entireProcessTree: true);
                service.Dispose();
            }
        }
    }

    private static string Assembly(string name) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", name, Configuration, name + ".dll"));

    private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(200, cancellation);
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string[] arguments, Dictionary<string, string> environment, CancellationToken cancellation)
    {
        using var process = Start(arguments, environment, redirect: true);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output + await errors);
    }

    private static Process Start(string[] arguments, Dictionary<string, string> environment, bool redirect = false)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root, RedirectStandardOutput = redirect, RedirectStandardError = redirect };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Gateway.sln")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the repository");
        return directory;
    }
}
