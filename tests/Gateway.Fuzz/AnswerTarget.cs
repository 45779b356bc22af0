using System.Text;
using Gateway.Fakes;

namespace Gateway.Fuzz;

/// <summary>A good request, and a provider that answers it badly.</summary>
internal static class AnswerTarget
{
    /// <summary>What a provider's fault may be told as.</summary>
    private static readonly int[] ProviderFaults = [502, 503, 504, 529];

    private static readonly int[] Statuses = [200, 200, 200, 200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 413, 429, 500, 502, 503, 529];

    public static async Task RunAsync(FuzzGateway gateway, Corpus corpus, Random random, long number, CancellationToken cancellation)
    {
        var mutator = new Mutator(random);
        var (dialect, model) = mutator.Pick(FuzzGateway.Models.ToList());
        bool asksForStream = mutator.Chance(2), answersStream = mutator.Chance(8) ? !asksForStream : asksForStream;
        gateway.Script(number, AnswerOf(corpus, mutator, random, dialect, answersStream));
        try
        {
            var tools = mutator.Chance(2)
                ? """ "tools":[{"name":"search","input_schema":{"type":"object","properties":{}}},{"name":"get_weather","input_schema":{"type":"object"}}],"""
                : "";
            var body = $$"""
                {"model":"{{model}}","max_tokens":1000,"stream":{{(asksForStream ? "true" : "false")}},{{tools}}
                 "messages":[{"role":"user","content":"{{FuzzGateway.Prompt(number)}}"}]}
                """;
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = content };
            request.Headers.Add("x-api-key", gateway.LimitedKey);
            using var answer = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            gateway.Count("answer", (int)answer.StatusCode);
            var what = $"{dialect} answers {(answersStream ? "a stream" : "whole")}, asked for {(asksForStream ? "a stream" : "whole")}";
            await Expect.AnswerAsync(answer, ProviderFaults, dialect != "anthropic", what, cancellation);
        }
        finally
        {
            gateway.Forget(number);
        }
    }

    private static Answer AnswerOf(Corpus corpus, Mutator mutator, Random random, string dialect, bool stream)
    {
        var seed = mutator.Pick(corpus.Answers(dialect, stream));
        var bytes = stream ? mutator.Stream(seed) : mutator.Json(Encoding.UTF8.GetString(seed));
        var answer = new Answer().Status(mutator.Pick(Statuses));
        answer.Header("content-type", mutator.Chance(20)
            ? mutator.Pick<string>(["text/html", "application/octet-stream", "text/event-stream", "application/json; charset=utf-16", "x"])
            : stream ? "text/event-stream" : "application/json");
        if (mutator.Chance(10))
            answer.Header("retry-after", mutator.Pick<string>(["0", "1", "-1", "99999999999", "x", "Wed, 21 Oct 2015 07:28:00 GMT"]));
        if (mutator.Chance(20))
            answer.Header("request-id", new string('i', random.Next(2_000)));
        if (mutator.Chance(20))
            answer.Encoded(mutator.Pick<string>(["gzip", "br", "deflate", "zstd"]));
        else if (mutator.Chance(40))
            answer.Header("content-encoding", mutator.Pick<string>(["gzip", "br", "deflate", "identity", "gzip, br"]));
        if (mutator.Chance(3))
            answer.SplitEvery(1 + random.Next(200));
        answer.Raw(bytes);
        if (mutator.Chance(15))
            answer.Cut();
        else if (mutator.Chance(80))
            answer.Stall();
        return answer;
    }
}
