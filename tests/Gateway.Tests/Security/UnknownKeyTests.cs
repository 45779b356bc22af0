using System.Net;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Security;

/// <summary>Whoever has no key cannot fill the memory with made-up ones. Beside other tests, their memory would be measured.</summary>
[Collection(Name)]
public sealed class UnknownKeyTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    public const string Name = "Memory";

    private const long MostBytes = 8 * 1024 * 1024;

    [Theory]
    [InlineData(60_000, "x-api-key")]
    [InlineData(60_000, "Authorization")]
    [InlineData(200, "x-api-key")]
    public async Task Six_thousand_unknown_keys_leave_nothing_behind(int length, string header)
    {
        await TryAsync(100);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await TryAsync(6_000);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < MostBytes, $"{grown} bytes more");

        async Task TryAsync(int count) => await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellation) =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/key");
                var key = $"gw-{count}-{i}-".PadRight(length, 'x');
                request.Headers.TryAddWithoutValidation(header, header == "Authorization" ? "Bearer " + key : key);
                using var answer = await shared.Gateway.SendAsync(request, cancellation);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            });
    }

    /// <summary>A key that is too long beside one that is good (a proxy that puts its own into a header) does no harm.</summary>
    [Theory]
    [InlineData("x-api-key", "Authorization")]
    [InlineData("Authorization", "x-api-key")]
    public async Task The_good_one_of_two_keys_counts(string good, string bad)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/key");
        request.Headers.TryAddWithoutValidation(good, good == "Authorization" ? "Bearer " + TestGateway.ApiKey : TestGateway.ApiKey);
        request.Headers.TryAddWithoutValidation(bad, "Bearer " + new string('x', 10_000));
        using var answer = await shared.Gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}

[CollectionDefinition(UnknownKeyTests.Name, DisableParallelization = true)]
public sealed class MemoryCollection;
