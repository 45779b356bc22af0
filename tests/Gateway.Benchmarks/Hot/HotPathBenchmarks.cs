using BenchmarkDotNet.Attributes;

namespace Gateway.Benchmarks.Hot;

/// <summary>Time and allocations of each hot piece; a run handles as many events or requests as its piece says.</summary>
[MemoryDiagnoser]
public class HotPathBenchmarks
{
    private KeyPiece? _keys;
    private HotPiece _piece = null!;

    public static IEnumerable<string> Names => [.. HotPieces.All.Select(p => p.Name), "key-lookup"];

    [ParamsSource(nameof(Names))]
    public string Piece { get; set; } = "";

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        if (Piece == "key-lookup")
            _keys = await KeyPiece.StartAsync();
        _piece = _keys?.Piece ?? HotPieces.All.Single(p => p.Name == Piece);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        if (_keys is not null)
            await _keys.DisposeAsync();
    }

    [Benchmark]
    public void Run() => _piece.Run();
}
