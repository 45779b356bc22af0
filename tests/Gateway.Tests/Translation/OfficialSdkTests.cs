using System.Text.Json;
using Anthropic.Models.Messages;

namespace Gateway.Tests.Translation;

/// <summary>The official C# SDK checks every member; what it refuses, its users can't read.</summary>
public class OfficialSdkTests
{
    public static TheoryData<string> Messages => [.. Fixture.Names("expected.json")];

    public static TheoryData<string> Streams => [.. Fixture.Names("expected.sse")];

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_message_is_valid(string name) =>
        JsonSerializer.Deserialize<Message>(Fixture.Open(name).Text("expected.json"))!.Validate();

    [Theory]
    [MemberData(nameof(Streams))]
    public void Every_event_is_valid(string name)
    {
        foreach (var line in Fixture.Open(name).Text("expected.sse").Split('\n'))
        {
            // An error event is an exception to the SDK and no model of its.
            if (line.StartsWith("data: ", StringComparison.Ordinal) && !line.StartsWith("data: {\"type\":\"error\"", StringComparison.Ordinal))
                JsonSerializer.Deserialize<RawMessageStreamEvent>(line["data: ".Length..])!.Validate();
        }
    }
}
