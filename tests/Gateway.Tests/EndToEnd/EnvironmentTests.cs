using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Fakes;
using Gateway.Tests.Durability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.EndToEnd;

/// <summary>What the environment says of the way to providers counts in a process of its own, from its start.</summary>
public sealed class EnvironmentTests : IDisposable
{
    private const string Key = "gw-environment";

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-environment-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_proxy_of_the_environment_is_the_way_out_and_not_to_this_machine_or_to_what_it_exempts()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var targets = new ConcurrentQueue<string>();
        await using var proxy = await StartAsync(targets.Enqueue);
        var answers = await AskAsync(
            $$"""
            "outside": { "dialect": "anthropic", "baseUrl": "http://provider.invalid" },
            "exempt": { "dialect": "anthropic", "baseUrl": "http://exempt.invalid" },
            "here": { "dialect": "anthropic", "baseUrl": "{{upstream.Url}}" }
            """,
            new() { ["HTTP_PROXY"] = proxy.Urls.Single(), ["NO_PROXY"] = "exempt.invalid" }, "outside", "exempt", "here");
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadGateway, HttpStatusCode.OK], answers);
        Assert.Equal(["http://provider.invalid/v1/messages"], targets);
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task A_private_authority_is_trusted_and_a_provider_gets_the_client_certificate()
    {
        using var server = SelfSigned("provider");
        using var client = SelfSigned("gateway");
        var (trusted, own) = (Path.Combine(_directory, "ca.pem"), Path.Combine(_directory, "own.pem"));
        await File.WriteAllTextAsync(trusted, server.ExportCertificatePem());
        await File.WriteAllTextAsync(own, $"{client.ExportCertificatePem()}\n{client.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n");
        var seen = new ConcurrentQueue<string?>();
        await using var provider = await StartAsync(_ => { }, kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = server;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (certificate, _, _) =>
            {
                seen.Enqueue(certificate.Thumbprint);
                return true;
            };
        }));
        var url = provider.Urls.Single();
        var answers = await AskAsync(
            $$"""
            "with": { "dialect": "anthropic", "baseUrl": "{{url}}", "clientCertificate": "{{own}}" },
            "without": { "dialect": "anthropic", "baseUrl": "{{url}}" }
            """,
            new() { ["SSL_CERT_FILE"] = trusted }, "without", "with");
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], answers);
        Assert.Equal([client.Thumbprint], seen);
    }

    /// <summary>Asks a gateway with this environment for each provider's model, one after the other.</summary>
    private async Task<List<HttpStatusCode>> AskAsync(string providers, Dictionary<string, string> environment, params IReadOnlyList<string> names)
    {
        var catalog = Path.Combine(_directory, "catalog.json");
        var models = names.Select(n => $$"""{ "id": "{{n}}", "routes": [{ "provider": "{{n}}", "model": "m" }] }""");
        await File.WriteAllTextAsync(catalog, $$"""{ "default": false, "providers": { {{providers}} }, "models": [ {{string.Join(", ", models)}} ] }""");
        environment["GATEWAY_CATALOG"] = catalog;
        environment["GATEWAY_API_KEY"] = Key;
        var url = $"http://127.0.0.1:{FreePorts.Take(1)[0]}";
        await using var gateway = ChildProcess.Start("Gateway.Local.dll", environment, "--urls", url, "--data", Path.Combine(_directory, "data"));
        await gateway.WroteAsync(url);
        using var http = new HttpClient { Timeout = TestGateway.Timeout };
        var answers = new List<HttpStatusCode>();
        foreach (var name in names)
        {
            using var answer = await http.SendAsync(TestGateway.Messages(name, false, key: Key, path: url + "/v1/messages"));
            answers.Add(answer.StatusCode);
        }

        return answers;
    }

    /// <summary>A server that answers whatever it is asked for with a message, and tells what that was.</summary>
    private static async Task<WebApplication> StartAsync(
        Action<string> asked, Action<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => configure?.Invoke(kestrel));
        builder.WebHost.UseUrls(configure is null ? "http://127.0.0.1:0" : "https://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            asked(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(Streams.WholeMessage);
        });
        await app.StartAsync();
        return app;
    }

    private static X509Certificate2 SelfSigned(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
