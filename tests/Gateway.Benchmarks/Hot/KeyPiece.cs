using Dapr.Client;
using Gateway.Contracts.Names;
using Gateway.Ingress.Keys;
using Gateway.Local;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Hot;

/// <summary>The look-up of a key that has been used a moment ago, over a real key store.</summary>
internal sealed class KeyPiece : IAsyncDisposable
{
    private const string Key = "gw-hot-key";
    private readonly string _directory;
    private readonly LocalGateway _gateway;
    private readonly DaprClient _dapr;

    private KeyPiece(string directory, LocalGateway gateway, DaprClient dapr)
    {
        _directory = directory;
        _gateway = gateway;
        _dapr = dapr;
        // Time stands still, so that the entry stays fresh.
        var keys = new KeyLookup(dapr, new StoppedTime(), NullLogger<KeyLookup>.Instance);
        var context = new DefaultHttpContext { Request = { Headers = { ["x-api-key"] = Key } } };
        keys.AuthenticateAsync(context.Request, default).AsTask().GetAwaiter().GetResult();
        Piece = new HotPiece("key-lookup", 1, () =>
        {
            var found = keys.AuthenticateAsync(context.Request, default);
            if (!found.IsCompletedSuccessfully)
                throw new InvalidOperationException("The key was not fresh.");
            found.GetAwaiter().GetResult();
        });
    }

    public HotPiece Piece { get; }

    public static async Task<KeyPiece> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-hot-").FullName;
        var gateway = await LocalGateway.StartAsync(new LocalOptions { Urls = "http://127.0.0.1:0", Data = directory }, default, new Dictionary<string, string> { ["GATEWAY_API_KEY"] = Key });
        var sidecar = gateway.SidecarOf(AppIds.Ingress).ToString().TrimEnd('/');
        return new KeyPiece(directory, gateway, new DaprClientBuilder().UseHttpEndpoint(sidecar).UseGrpcEndpoint(sidecar).Build());
    }

    public async ValueTask DisposeAsync()
    {
        _dapr.Dispose();
        await _gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class StoppedTime : TimeProvider
    {
        private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

        public override long GetTimestamp() => 0;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
