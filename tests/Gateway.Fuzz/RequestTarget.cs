using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Fuzz;

/// <summary>A request that is wrong, to a provider that answers whatever it gets.</summary>
internal static class RequestTarget
{
    /// <summary>Of a request that asks for a stream in a spelling that the provider here does not see, the answer is none.</summary>
    private static readonly int[] NoAnswer = [502];

    private static readonly string[] Paths =
    [
        "/v1/messages", "/v1/messages", "/v1/messages", "/v1/messages/count_tokens", "/api/v1/messages", "/anthropic/v1/messages", "/admin/v1/explain",
        "/v1/messages?beta=true", "/v1/anthropic/v1/messages",
    ];

    public static async Task RunAsync(FuzzGateway gateway, Corpus corpus, Random random, CancellationToken cancellation)
    {
        var mutator = new Mutator(random);
        var (dialect, model) = mutator.Pick(FuzzGateway.Models.ToList());
        var path = mutator.Pick(Paths);
        var seed = JsonNode.Parse(mutator.Pick(corpus.Requests))!.AsObject();
        seed["model"] = model;
        if (!seed.ContainsKey("max_tokens"))
            seed["max_tokens"] = 100;
        seed["stream"] = mutator.Chance(2);
        var body = mutator.Json(seed.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("x-api-key", path.StartsWith("/admin", StringComparison.Ordinal) ? FuzzGateway.AdminKey : gateway.LimitedKey);
        if (mutator.Chance(4))
            request.Headers.TryAddWithoutValidation("anthropic-version", mutator.Pick<string>(["2023-06-01", "2026-01-01", "", "x", "9999-99-99"]));
        if (mutator.Chance(6))
            request.Headers.TryAddWithoutValidation("anthropic-beta", mutator.Pick<string>(["a,b", "", ",,,", new string('b', 5_000)]));
        if (mutator.Chance(10))
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", mutator.Pick<string>(["gzip", "br", "deflate", "identity", "x"]));
        if (mutator.Chance(3))
            request.Headers.TransferEncodingChunked = true;
        using var answer = await gateway.SendAsync(request, cancellation);
        gateway.Count("request", (int)answer.StatusCode);
        await Expect.AnswerAsync(answer, NoAnswer, dialect != "anthropic", $"{path} {dialect} {Shown(body)}", cancellation);
    }

    private static string Shown(byte[] body) => Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 1_000)));
}
