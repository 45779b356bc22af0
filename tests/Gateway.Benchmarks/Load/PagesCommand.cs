using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Benchmarks.Hot;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Local;
using Microsoft.AspNetCore.Http;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// What the console's pages add to the admin API's own time, in the one process with many keys and many events: of each request for a page, the time in
/// which no admin call of it was under way. The median of some rounds; prints Markdown.
/// </summary>
internal static partial class PagesCommand
{
    private const string AdminKey = "admin-key-of-the-benchmark";
    private const string AppToken = "app-token-of-the-benchmark";
    private const int KeysAtOnce = 100;
    private const int EventsAtOnce = 100;
    private const int Days = 10;
    private const int InFlight = 8;
    private const int WarmUp = 3;
    private const int Rounds = 11;
    private const int MostTries = 30;

    private static readonly string[] Pages =
    [
        "/console", "/console/live", "/console/spend", "/console/spend?by=key", "/console/keys", "/console/keys/{key}", "/console/teams",
        "/console/organizations", "/console/models", "/console/models/providers", "/console/trouble", "/console/trouble/audit", "/console/connect",
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var (keys, events) = (10_000, 1_000_000);
        string? kept = null;
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            int Number() => int.Parse(args[i + 1], CultureInfo.InvariantCulture);
            (keys, events, kept) = args[i] switch
            {
                "--keys" => (Number(), events, kept),
                "--events" => (keys, Number(), kept),
                "--data" => (keys, events, args[i + 1]),
                _ => throw new ArgumentException("What is known is --keys N, --events N and --data DIRECTORY, which is measured as it is where it has keys."),
            };
        }

        var directory = kept ?? Directory.CreateTempSubdirectory("gateway-pages-").FullName;
        try
        {
            await using var gateway = await LocalGateway.StartAsync(
                new LocalOptions { Urls = "http://127.0.0.1:0", Data = directory }, default,
                new Dictionary<string, string>
                {
                    ["GATEWAY_ADMIN_KEY"] = AdminKey,
                    ["APP_API_TOKEN"] = AppToken,
                    ["Logging:LogLevel:Default"] = "None",
                });
            if (kept is not null && await FirstKeyAsync(gateway) is { } key)
            {
                await MeasureAsync(gateway, key);
                return 0;
            }

            var clock = Stopwatch.StartNew();
            var ids = await MakeKeysAsync(gateway, keys);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ids.Count:#,0} keys made in {clock.Elapsed.TotalSeconds:0} s"));
            clock.Restart();
            await DeliverAsync(gateway, ids, events);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{events:#,0} events counted in {clock.Elapsed.TotalSeconds:0} s\n"));
            await MeasureAsync(gateway, ids[0]);
            return 0;
        }
        finally
        {
            if (kept is null)
                Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Behind the one that each gateway begins with; null: there is none.</summary>
    private static async Task<string?> FirstKeyAsync(LocalGateway gateway)
    {
        using var client = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        client.DefaultRequestHeaders.Add("x-api-key", AdminKey);
        var page = await client.GetFromJsonAsync<JsonElement>("/admin/v1/keys?limit=2");
        return page.GetProperty("data").EnumerateArray().Skip(1).Select(key => key.GetProperty("id").GetString()).FirstOrDefault();
    }

    private static async Task<IReadOnlyList<string>> MakeKeysAsync(LocalGateway gateway, int count)
    {
        using var client = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        client.DefaultRequestHeaders.Add("x-api-key", AdminKey);
        var ids = new ConcurrentQueue<string>();
        await Parallel.ForAsync(0, (count + KeysAtOnce - 1) / KeysAtOnce, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, cancellation) =>
        {
            var some = Enumerable.Range(i * KeysAtOnce, Math.Min(KeysAtOnce, count - (i * KeysAtOnce)))
                .Select(n => new { name = $"key {n}", budget = n % 100 == 0 ? new { amount = 50, period = "month" } : null });
            var body = await MakeAsync(client, new { keys = some }, cancellation);
            foreach (var key in body.GetProperty("data").EnumerateArray())
                ids.Enqueue(key.GetProperty("id").GetString()!);
        });
        return [.. ids];
    }

    /// <summary>On a busy machine it may take more than one try.</summary>
    private static async Task<JsonElement> MakeAsync(HttpClient client, object keys, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            using var answer = await client.PostAsJsonAsync("/admin/v1/keys/bulk", keys, NoNulls, cancellation);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            if (answer.IsSuccessStatusCode)
                return body;
            if (tries == MostTries || answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                throw new InvalidOperationException($"No keys were made: {body}");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }
    }

    private static readonly JsonSerializerOptions NoNulls = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Each key's in deliveries of its own, over the last days: what takes long otherwise is the way here, which is not what is measured.</summary>
    private static async Task DeliverAsync(LocalGateway gateway, IReadOnlyList<string> ids, int count)
    {
        using var client = new HttpClient { BaseAddress = new Uri(gateway.ServiceOf(AppIds.Billing).Urls.First()) };
        client.DefaultRequestHeaders.Add("dapr-api-token", AppToken);
        var deliveries = (count + EventsAtOnce - 1) / EventsAtOnce;
        await Parallel.ForAsync(0, deliveries, new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (i, cancellation) =>
        {
            var body = new StringBuilder("""{"entries":[""");
            for (var n = 0; n < Math.Min(EventsAtOnce, count - (i * EventsAtOnce)); n++)
            {
                var e = SampleEvent.Of($"req_{i}_{n}", ids[i % ids.Count]) with
                {
                    Source = "benchmark",
                    Sequence = (i / ids.Count * EventsAtOnce) + n + 1,
                    Time = DateTimeOffset.UtcNow.AddDays(-(n % Days)),
                };
                var data = Encoding.UTF8.GetString(UsageJson.Write(e));
                body.Append(n == 0 ? "" : ",").Append("{\"entryId\":\"").Append(n).Append("\",\"event\":{\"data\":").Append(data)
                    .Append("}}");
            }

            await DeliverAsync(client, body.Append("]}").ToString(), cancellation);
        });
    }

    /// <summary>As often as a broker would, on a busy machine.</summary>
    private static async Task DeliverAsync(HttpClient client, string bulk, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            using var content = new StringContent(bulk, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri(InternalRoutes.UsageEvents, UriKind.Relative), content, cancellation);
            var text = await answer.Content.ReadAsStringAsync(cancellation);
            if (text.Contains("SUCCESS", StringComparison.Ordinal) && !text.Contains("RETRY", StringComparison.Ordinal))
                return;
            if (tries == MostTries)
                throw new InvalidOperationException($"Events were not counted: {text}");
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        }
    }

    private static async Task MeasureAsync(LocalGateway gateway, string key)
    {
        var calls = new ConcurrentQueue<(DateTime From, DateTime To)>();
        using var listening = DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
        {
            if (listener.Name == "Microsoft.AspNetCore")
                listener.Subscribe(new Observer<KeyValuePair<string, object?>>(Hear));
        }));
        using var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(gateway.Url) };
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        var token = FormToken().Match(await client.GetStringAsync(new Uri("/console/sign-in", UriKind.Relative)));
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["_handler"] = "sign-in",
            ["form-token"] = WebUtility.HtmlDecode(token.Groups[1].Value),
            ["key"] = AdminKey,
        });
        using var signedIn = await client.PostAsync(new Uri("/console/sign-in", UriKind.Relative), form);
        Console.WriteLine("| page | whole, ms | admin API, ms | its own, ms | kB |\n|---|--:|--:|--:|--:|");
        foreach (var page in Pages)
        {
            var path = new Uri(page.Replace("{key}", key, StringComparison.Ordinal), UriKind.Relative);
            var times = new List<(double Whole, double Api)>();
            var bytes = 0;
            for (var i = 0; i < WarmUp + Rounds; i++)
            {
                calls.Clear();
                var from = Stopwatch.GetTimestamp();
                using var answer = await client.GetAsync(path);
                var html = await answer.Content.ReadAsByteArrayAsync();
                var whole = Stopwatch.GetElapsedTime(from);
                if (answer.StatusCode != HttpStatusCode.OK || answer.RequestMessage!.RequestUri!.AbsolutePath.EndsWith("/sign-in", StringComparison.Ordinal))
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| `{page}` | {answer.StatusCode} after {whole.TotalSeconds:0} s | | | |"));
                if (i < WarmUp)
                    continue;
                times.Add((whole.TotalMilliseconds, Together(calls).TotalMilliseconds));
                bytes = html.Length;
            }

            var (all, api, own) = (Median(times.Select(t => t.Whole)), Median(times.Select(t => t.Api)), Median(times.Select(t => t.Whole - t.Api)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| `{page}` | {all:0} | {api:0} | {own:0} | {bytes / 1000} |"));
        }

        void Hear(KeyValuePair<string, object?> told)
        {
            if (told is { Key: "Microsoft.AspNetCore.Hosting.HttpRequestIn.Stop", Value: HttpContext context } && Activity.Current is { } activity
                && context.Request.Path.StartsWithSegments(InternalRoutes.Admin))
                calls.Enqueue((activity.StartTimeUtc, activity.StartTimeUtc + activity.Duration));
        }
    }

    /// <summary>How long at least one of them was under way.</summary>
    private static TimeSpan Together(IEnumerable<(DateTime From, DateTime To)> spans)
    {
        var (sum, until) = (TimeSpan.Zero, DateTime.MinValue);
        foreach (var (from, to) in spans.OrderBy(s => s.From))
        {
            if (to <= until)
                continue;
            sum += to - (from > until ? from : until);
            until = to;
        }

        return sum;
    }

    private static double Median(IEnumerable<double> numbers) => numbers.Order().ElementAt(Rounds / 2);

    private sealed class Observer<T>(Action<T> hear) : IObserver<T>
    {
        public void OnNext(T value) => hear(value);

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }

    [GeneratedRegex("""name="form-token" value="([^"]*)""")]
    private static partial Regex FormToken();
}
