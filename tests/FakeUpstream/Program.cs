using Gateway.Fakes;

// A provider to point a catalog at: dotnet run --project tests/FakeUpstream -- --urls http://127.0.0.1:9099 [--fixtures tests/fixtures]
var settings = new ConfigurationBuilder().AddCommandLine(args).Build();
await using var upstream = await FakeUpstream.StartAsync(new FakeUpstreamOptions
{
    Url = settings["urls"] ?? "http://127.0.0.1:9099",
    Fixtures = settings["fixtures"],
    Record = false,
    ExactWrites = false,
});
Console.WriteLine($"Fake provider on {upstream.Url}: POST /v1/messages, /v1/messages/count_tokens, /v1/chat/completions; GET /v1/models.");
await upstream.WaitForShutdownAsync();
