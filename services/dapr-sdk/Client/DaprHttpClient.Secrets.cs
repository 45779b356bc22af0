using System.Net.Http.Json;
using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    public override Task<Dictionary<string, string>> GetSecretAsync(string storeName, string key, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        ReadSecretsAsync<Dictionary<string, string>>(storeName, key, nameof(key), metadata, Failure("Secret"), cancellationToken);

    public override Task<Dictionary<string, Dictionary<string, string>>> GetBulkSecretAsync(string storeName, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        ReadSecretsAsync<Dictionary<string, Dictionary<string, string>>>(storeName, "bulk", "key", metadata, Failure("Bulk secret"), cancellationToken);

    private async Task<T> ReadSecretsAsync<T>(string storeName, string key, string keyName, IReadOnlyDictionary<string, string>? metadata, string failure, CancellationToken cancellationToken)
    {
        Argument.ThrowIfNullOrEmpty(storeName, nameof(storeName));
        Argument.ThrowIfNullOrEmpty(key, keyName);

        var path = WithQuery($"/v1.0/secrets/{Uri.EscapeDataString(storeName)}/{Uri.EscapeDataString(key)}", metadata);
        using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), failure, cancellationToken);
        try
        {
            return (await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancellationToken))!;
        }
        catch (JsonException cause)
        {
            throw new DaprException(failure, cause);
        }
    }
}
