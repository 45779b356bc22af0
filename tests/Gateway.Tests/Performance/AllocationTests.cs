using System.Text.Json;
using Gateway.Benchmarks.Hot;

namespace Gateway.Tests.Performance;

/// <summary>
/// What a hot piece allocates per event or request may not grow past the number that is checked in beside the benchmarks. Bytes, never
/// times; a few of them come from the unoptimised build that tests run on.
/// </summary>
public sealed class AllocationTests
{
    private static readonly Dictionary<string, double> Limits =
        JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "allocation-limits.json")))!;

    public static TheoryData<string> Pieces => [.. HotPieces.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Piece_allocates_no_more_than_its_limit(string name) => Check(HotPieces.All.Single(p => p.Name == name));

    [Fact]
    public async Task Key_in_use_is_found_and_a_request_admitted_within_their_limits()
    {
        await using var store = await StorePieces.StartAsync();
        foreach (var piece in store.All)
            Check(piece);
    }

    [Fact]
    public void Every_limit_has_its_piece() =>
        Assert.Equal(HotPieces.All.Select(p => p.Name).Concat(StorePieces.Names).Order(), Limits.Keys.Order());

    private static void Check(HotPiece piece)
    {
        var bytes = piece.AllocatedPerUnit();
        Assert.True(
            bytes <= Limits[piece.Name],
            $"{piece.Name}: {bytes:0.0} bytes, the limit is {Limits[piece.Name]}. If it must be more, say why where the limit is raised.");
    }
}
