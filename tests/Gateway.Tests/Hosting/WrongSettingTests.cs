using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Hosting;

/// <summary>Whatever is wrong with a service's settings, files or addresses: one line on standard error that names it, exit code 1, no stack trace.</summary>
public sealed class WrongSettingTests : IDisposable
{
    private const string Ingress = "Gateway.Ingress.dll";
    private const string Translator = "Gateway.Translator.dll";
    private const string Adapter = "Gateway.ProviderAdapter.dll";
    private const string Billing = "Gateway.Billing.dll";
    private const string Local = "Gateway.Local.dll";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-settings-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(Ingress, "GATEWAY_PING_SECONDS", "abc", "a number from 0.01 to 300")]
    [InlineData(Ingress, "GATEWAY_PROFILE", "strikt", "lenient or strict")]
    [InlineData(Ingress, "GATEWAY_OUTBOX_SYNC", "yes", "true or false")]
    [InlineData(Ingress, "GATEWAY_OUTBOX_AHEAD", "0", "a whole number from 1 to 1000")]
    [InlineData(Translator, "DAPR_HTTP_PORT", "http", "a whole number from 1 to 65535")]
    [InlineData(Translator, "GATEWAY_SHUTDOWN_SECONDS", "-1", "a whole number from 0 to 3600")]
    [InlineData(Adapter, "GATEWAY_BREAKER_FAILURES", "2.5", "a whole number from 1 to 1000000")]
    [InlineData(Adapter, "GATEWAY_LOG_FORMAT", "xml", "text or json")]
    [InlineData(Billing, "GATEWAY_LEASE_SECONDS", "NaN", "a number from 0.01 to 604800")]
    [InlineData(Billing, "DAPR_GRPC_ENDPOINT", "sidecar:50001", "an address such as")]
    [InlineData(Local, "GATEWAY_PING_SECONDS", "abc", "a number from 0.01 to 300")]
    [InlineData(Local, "GATEWAY_SHUTDOWN_SECONDS", "soon", "a whole number from 0 to 3600")]
    [InlineData(Local, "GATEWAY_RESERVATION_TTL_SECONDS", "0", "a number from 0.01 to 604800")]
    public async Task A_setting_that_is_not_allowed_is_named_with_its_value_and_what_is(string service, string name, string value, string allowed) =>
        await FailsAsync(service, [(name, value)], $"{name} is '{value}'; it takes {allowed}");

    [Fact]
    public async Task Every_mistake_is_told_at_once()
    {
        var line = await FailsAsync(Ingress, [("GATEWAY_PING_SECONDS", "abc"), ("GATEWAY_PROFILE", "none")], "GATEWAY_PING_SECONDS");
        Assert.Contains("GATEWAY_PROFILE is 'none'", line);
    }

    [Theory]
    [InlineData(Ingress)]
    [InlineData(Translator)]
    [InlineData(Adapter)]
    [InlineData(Billing)]
    [InlineData(Local)]
    public async Task An_address_that_is_not_of_this_machine_is_named(string service) =>
        await FailsAsync(service, [], "http://192.0.2.1:80", "--urls", "http://192.0.2.1:80");

    [Theory]
    [InlineData(Ingress)]
    [InlineData(Local)]
    public async Task A_port_that_is_taken_is_named(string service)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        Assert.Contains("already in use", await FailsAsync(service, [], url, "--urls", url));
    }

    [Theory]
    [InlineData(Translator, "elsewhere")]
    [InlineData(Adapter, "ftp://127.0.0.1:0")]
    [InlineData(Billing, "http://127.0.0.1:notaport")]
    [InlineData(Local, "elsewhere")]
    public async Task An_address_that_is_none_is_named(string service, string url) =>
        await FailsAsync(service, [], url, "--urls", url);

    [Theory]
    [InlineData(Ingress)]
    [InlineData(Translator)]
    [InlineData(Adapter)]
    [InlineData(Billing)]
    [InlineData(Local)]
    public async Task A_catalog_with_a_mistake_is_named_before_the_first_request(string service)
    {
        var catalog = Path.Combine(_directory, "catalog.json");
        await File.WriteAllTextAsync(catalog, """{ "models": [ { "id": "m", "routes": [ { "provider": "nobody", "model": "x" } ] } ] }""");
        Assert.Contains("there is no provider 'nobody'", await FailsAsync(service, [("GATEWAY_CATALOG", catalog)], catalog));
        await FailsAsync(service, [("GATEWAY_CATALOG", _directory)], _directory);
    }

    [Theory]
    [InlineData(Billing)]
    [InlineData(Local)]
    public async Task A_list_that_could_be_changed_on_its_way_is_named(string service)
    {
        const string Url = "http://lists.example.com/models.json";
        Assert.DoesNotContain("secret", await FailsAsync(service, [("GATEWAY_CATALOG_URL", Url + "?token=secret")], Url + " is not https"));
    }

    [Fact]
    public async Task An_outbox_that_cannot_be_written_to_is_named()
    {
        var file = Path.Combine(_directory, "file");
        await File.WriteAllTextAsync(file, "");
        await FailsAsync(Ingress, [("GATEWAY_OUTBOX", file)], $"GATEWAY_OUTBOX is '{file}'");
    }

    [Fact]
    public void A_port_that_takes_more_rights_is_one_line() =>
        Assert.Equal(
            "denied", Gateway.Hosting.ServiceStart.Reason(new Gateway.Hosting.StartException("denied", new SocketException((int)SocketError.AccessDenied))));

    private async Task<string> FailsAsync(string service, (string Name, string Value)[] settings, string contains, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _directory };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, service));
        if (!args.Contains("--urls"))
            args = [.. args, "--urls", "http://127.0.0.1:0"];
        if (service == Local)
            args = [.. args, "--data", Path.Combine(_directory, "data")];
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        foreach (var name in start.Environment.Keys
                     .Where(n => n.StartsWith("GATEWAY_", StringComparison.Ordinal) || n.StartsWith("DAPR_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            Assert.Fail($"{service} did not end: {await error}{await output}");
        }

        var line = Assert.Single((await error).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((1, ""), (process.ExitCode, await output));
        Assert.Contains(contains, line);
        return line;
    }
}
