using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;
using Gateway.Providers.Clouds;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>
/// Keys of Amazon's, with which a request is signed: its path, a few headers and the hash of its body (Signature Version 4). It is signed last, as it is
/// sent, and anew for every try.
/// </summary>
internal sealed class SigningKey(LeaseSource<AWSCredentials> source, string provider, string region, string service, TimeProvider time, ILogger log) : CloudKey
{
    /// <summary>Amazon takes signatures that are a few minutes off.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(2);

    private readonly RegionEndpoint _region = RegionEndpoint.GetBySystemName(region);
    private long _skewTicks;

    public override string? Problem => source.Problem;

    public override async ValueTask<object> ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var keys = await source.GetAsync(cancellationToken);
        var signing = new AWSSigningRequest { HttpMethod = request.Method, RequestUri = request.RequestUri };
        signing.Headers["content-type"] = request.Content!.Headers.NonValidated.TryGetValues("Content-Type", out var type) ? type.ToString() : "";
        using var content = MemoryMarshal.TryGetArray(body, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(body.ToArray(), writable: false);
        signing.ContentStream = content;
        var parameters = new AWSSigV4Parameters
        {
            Credentials = keys,
            Region = _region,
            Service = service,
            SignedAt = (time.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _skewTicks))).UtcDateTime,
        };
        var signed = await AWSSigV4Signer.SignAsync(signing, parameters, cancellationToken);
        foreach (var (name, value) in signed.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return keys;
    }

    public override bool Refused(object used, HttpResponseHeaders headers, ReadOnlySpan<byte> body)
    {
        if (headers.Date is { } date && DoorError.IsAboutTime(body))
        {
            var skew = date - time.GetUtcNow();
            var known = Interlocked.Exchange(ref _skewTicks, skew.Ticks);
            if ((skew - TimeSpan.FromTicks(known)).Duration() > Tolerance)
            {
                Log.ClockSkew(log, provider, (int)skew.TotalSeconds);
                return true;
            }
        }

        return source.Refused((AWSCredentials)used);
    }
}
