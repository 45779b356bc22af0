using System.Net.Http.Headers;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>A token of Google's or Microsoft's.</summary>
internal sealed class TokenKey(LeaseSource<string> source) : CloudKey
{
    public override string? Problem => source.Problem;

    public override async ValueTask<object> ApplyAsync(HttpRequestMessage request, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var token = await source.GetAsync(cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return token;
    }

    public override bool Refused(object used, HttpResponseHeaders headers, ReadOnlySpan<byte> body) => source.Refused((string)used);
}
