using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Local.Sidecar;

/// <summary>The token that callers of the API must send as <c>dapr-api-token</c>, on either protocol.</summary>
internal sealed class ApiToken(string? token)
{
    private const string Header = "dapr-api-token";

    private readonly byte[]? _token = token is { Length: > 0 } ? Encoding.UTF8.GetBytes(token) : null;

    /// <summary>Also true when none is asked for.</summary>
    public bool IsIn(HttpRequest request) => _token is null || Matches(request.Headers[Header].ToString());

    /// <inheritdoc cref="IsIn(HttpRequest)"/>
    public bool IsIn(HttpRequestHeaders headers) => _token is null || (headers.NonValidated.TryGetValues(Header, out var given) && Matches(given.ToString()));

    private bool Matches(string given) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _token);
}
