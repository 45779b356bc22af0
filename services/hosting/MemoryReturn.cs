using System.Runtime;
using Gateway.Contracts.Json;
using Microsoft.Extensions.Hosting;

namespace Gateway.Hosting;

/// <summary>
/// Gives the memory of a burst of large bodies back to the system: the collector by itself keeps the space of large arrays for the next ones, for
/// as long as nothing presses. Only once the burst is over, since the collection stops the process for a moment.
/// </summary>
internal sealed class MemoryReturn(TimeProvider time) : BackgroundService
{
    private const long WorthBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    /// <summary>Of the process, which may host several services.</summary>
    private static long _returned;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Quiet, time);
        var seen = PooledBuffer.LargeMade;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var made = PooledBuffer.LargeMade;
                var returned = Interlocked.Read(ref _returned);
                if (made == seen && made - returned >= WorthBytes && Interlocked.CompareExchange(ref _returned, made, returned) == returned)
                {
                    GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                }

                seen = made;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends anyway.
        }
    }
}
