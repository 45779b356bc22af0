using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Hosting;

/// <summary>
/// Ready once the sidecar takes calls. Asked for its outgoing side only: it is healthy as a whole when the service is, and the two would
/// wait for each other.
/// </summary>
internal sealed class SidecarCheck(IConfiguration configuration) : IHealthCheck, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false }) { Timeout = Limit };
    private readonly Uri _address = new(new Uri(Sidecar.HttpEndpoint(configuration)), "/v1.0/healthz/outbound");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var answer = await _client.GetAsync(_address, cancellationToken);
            return answer.StatusCode == HttpStatusCode.NoContent
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"the Dapr sidecar at {_address.Authority} answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return HealthCheckResult.Unhealthy($"the Dapr sidecar at {_address.Authority} does not answer");
        }
    }

    public void Dispose() => _client.Dispose();
}
