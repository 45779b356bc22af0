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
Console.WriteLine($"Fake provider on {upstream.Url}: Messages (also as Bedrock and Vertex have it), Chat Completions, Responses, Gemini.");
await upstream.WaitForShutdownAsync();
