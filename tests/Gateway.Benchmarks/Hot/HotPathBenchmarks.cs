using BenchmarkDotNet.Attributes;

namespace Gateway.Benchmarks.Hot;

/// <summary>Time and allocations of each hot piece; a run handles as many events or requests as its piece says.</summary>
[MemoryDiagnoser]
public class HotPathBenchmarks
{
    private StorePieces? _store;
    private HotPiece _piece = null!;

    public static IEnumerable<string> Names => [.. HotPieces.All.Select(p => p.Name), .. StorePieces.Names];

    [ParamsSource(nameof(Names))]
    public string Piece { get; set; } = "";

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        if (StorePieces.Names.Contains(Piece))
            _store = await StorePieces.StartAsync();
        _piece = (_store?.All ?? HotPieces.All).Single(p => p.Name == Piece);
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    [Benchmark]
    public void Run() => _piece.Run();
}
