using Dapr.Client;

namespace Gateway.Tests.DaprSdk.StandIn;

public class PublicSurfaceTests
{
    private static readonly Dictionary<string, OfficialType> Official = ReadOfficial();

    public static TheoryData<string> Types => [.. typeof(DaprClient).Assembly.GetExportedTypes().Select(ApiDump.TypeName)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_public_member_is_one_of_the_official_package(string typeName)
    {
        var type = typeof(DaprClient).Assembly.GetExportedTypes().Single(t => ApiDump.TypeName(t) == typeName);

        Assert.True(Official.TryGetValue(typeName, out var official), $"The official packages have no type {typeName}.");
        Assert.Equal(official.Declaration, ApiDump.Declaration(type));
        Assert.Empty(ApiDump.Interfaces(type).Except(official.Interfaces));
        Assert.Empty(ApiDump.Members(type).Except(official.Members));
    }

    [Fact]
    public void The_checked_in_list_claims_no_type_that_is_missing() =>
        Assert.Empty(Official.Keys.Except(typeof(DaprClient).Assembly.GetExportedTypes().Select(ApiDump.TypeName)));

    private static Dictionary<string, OfficialType> ReadOfficial()
    {
        var types = new Dictionary<string, OfficialType>();
        var current = default(OfficialType);
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "DaprSdk", "official-api.txt")))
        {
            if (line.StartsWith('#') || line.Length == 0) continue;
            if (line.StartsWith(' '))
            {
                current!.Members.Add(line.Trim());
                continue;
            }

            var (declaration, interfaces) = line.Split(" [", 2) is [var head, var tail] ? (head, tail.TrimEnd(']')) : (line, string.Empty);
            current = new OfficialType(declaration, ApiDump.SplitTopLevel(interfaces), []);
            types[TypeNameIn(declaration)] = current;
        }

        return types;
    }

    private static string TypeNameIn(string declaration)
    {
        foreach (var kind in (string[])["class ", "interface ", "struct ", "enum "])
        {
            var at = declaration.IndexOf(kind, StringComparison.Ordinal);
            if (at >= 0) return declaration[(at + kind.Length)..].Split(" : ")[0];
        }

        throw new InvalidDataException(declaration);
    }

    private sealed record OfficialType(string Declaration, IReadOnlyList<string> Interfaces, HashSet<string> Members);
}
