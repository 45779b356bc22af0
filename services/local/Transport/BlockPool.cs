using System.Buffers;

namespace Gateway.Local.Transport;

/// <summary>
/// Memory for connections, in blocks of at least 4 KB. Kestrel asks its pool for no size in particular and counts on getting something, as
/// its own pool for sockets does; the shared pool takes that for nothing.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    private const int BlockBytes = 4096;

    public static BlockPool Instance { get; } = new();

    public override int MaxBufferSize => Shared.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockBytes));

    protected override void Dispose(bool disposing)
    {
        // There is one, for the life of the process.
    }
}
