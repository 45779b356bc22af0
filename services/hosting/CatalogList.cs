using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Catalog;

namespace Gateway.Hosting;

/// <summary>
/// The list of models and prices at <c>GATEWAY_CATALOG_URL</c>. What is fetched counts only if its SHA-256 is the one that the setting names, or the
/// file <c>.sha256</c> beside it. Goes through the proxy of the environment.
/// </summary>
internal sealed class CatalogList : IDisposable
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int MaxChecksumBytes = 4096;
    private const int HashDigits = 64;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectTimeout = ConnectLimit,
        MaxAutomaticRedirections = 3,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        UseCookies = false,
    });

    private readonly Uri _url;
    private readonly string? _pinned;
    private string? _judged;

    public CatalogList(CatalogSettings settings)
    {
        _url = new Uri(settings.Url!);
        _pinned = settings.Sha256?.ToLowerInvariant();
        Name = CatalogSettings.NameOf(_url);
    }

    /// <summary>What it may be called in logs.</summary>
    public string Name { get; }

    /// <summary>The list; null where it is the version that came the time before: each is judged once.</summary>
    /// <exception cref="CatalogException">It cannot be had, or is not what its checksum says.</exception>
    public async Task<byte[]?> FetchAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Limit);
        try
        {
            var expected = _pinned ?? ChecksumOf(await GetAsync(Beside(), MaxChecksumBytes, limit.Token));
            if (expected == _judged)
                return null;
            var bytes = await GetAsync(_url, MaxBytes, limit.Token);
            var actual = Convert.ToHexStringLower(SHA256.HashData(bytes));
            if (actual != expected)
                throw Failed($"its SHA-256 is {actual} and should be {expected}");
            _judged = expected;
            return bytes;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Failed(e.Message);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw Failed($"it did not come within {Limit.TotalSeconds} seconds");
        }
    }

    public void Dispose() => _client.Dispose();

    private Uri Beside() => new UriBuilder(_url) { Path = _url.AbsolutePath + ".sha256" }.Uri;

    /// <summary>As <c>sha256sum</c> writes it: the digits, then the name of the file.</summary>
    private string ChecksumOf(byte[] text)
    {
        var first = Encoding.ASCII.GetString(text).Split([' ', '\t', '\r', '\n'], 2)[0];
        return first.Length == HashDigits && first.All(char.IsAsciiHexDigit)
            ? first.ToLowerInvariant()
            : throw Failed("the file .sha256 beside it does not begin with 64 hexadecimal digits");
    }

    private async Task<byte[]> GetAsync(Uri url, int most, CancellationToken cancellationToken)
    {
        using var answer = await _client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw Failed($"{url.AbsolutePath} is answered with status {(int)answer.StatusCode}");
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream();
        var buffer = new byte[81_920];
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (bytes.Length + read > most)
                throw Failed($"{url.AbsolutePath} is larger than {most} bytes");
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private CatalogException Failed(string reason) => new(Name, [reason]);
}
