using System.Globalization;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Signing;

namespace Gateway.Fakes;

/// <summary>Checks a signature as Amazon does: by signing what arrived once more, with the key that it names, by Amazon's own signer.</summary>
public static class AmazonSignature
{
    public const string AccessKey = "AKIAFAKEFAKEFAKEFAKE";
    public const string SecretKey = "fake/secret+key-of-the-tests";

    /// <summary>The secret of a provider that signs with these.</summary>
    public const string Secret = $"{AccessKey}:{SecretKey}";

    private const string Scheme = "AWS4-HMAC-SHA256 ";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static bool IsOn(RecordedRequest request) => request.Header("Authorization")?.StartsWith(Scheme, StringComparison.Ordinal) == true;

    /// <summary>What is wrong with it, in Amazon's words; null for nothing.</summary>
    public static string? Problem(RecordedRequest request, DateTimeOffset now)
    {
        var parts = request.Header("Authorization")![Scheme.Length..].Split(", ").ToDictionary(p => p.Split('=', 2)[0], p => p.Split('=', 2)[1]);
        var scope = parts["Credential"].Split('/');
        if (scope[0] != AccessKey)
            return "The security token included in the request is invalid.";
        var at = DateTimeOffset.ParseExact(request.Header("x-amz-date")!, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if ((now - at).Duration() > Tolerance)
            return $"Signature expired: {request.Header("x-amz-date")} is now earlier than {now - Tolerance:yyyyMMdd'T'HHmmss'Z'}";
        var signing = new AWSSigningRequest
        {
            HttpMethod = new HttpMethod(request.Method),
            RequestUri = new Uri($"http://{request.Header("Host")}{request.RawTarget}"),
            Content = request.Body.ToArray(),
        };
        foreach (var name in parts["SignedHeaders"].Split(';'))
        {
            if (name is not ("host" or "x-amz-date" or "x-amz-content-sha256" or "x-amz-security-token"))
                signing.Headers[name] = request.Header(name)!;
        }

        var token = request.Header("x-amz-security-token");
        var signed = AWSSigV4Signer.Sign(signing, new AWSSigV4Parameters
        {
            Credentials = token is null ? new BasicAWSCredentials(AccessKey, SecretKey) : new SessionAWSCredentials(AccessKey, SecretKey, token),
            Region = RegionEndpoint.GetBySystemName(scope[2]),
            Service = scope[3],
            SignedAt = at.UtcDateTime,
        });
        return signed.Headers["Authorization"] == request.Header("Authorization")
            ? null
            : "The request signature we calculated does not match the signature you provided.";
    }
}
