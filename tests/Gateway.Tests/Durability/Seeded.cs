using System.Globalization;

namespace Gateway.Tests.Durability;

/// <summary>A test of random moments: another seed each time, named when it fails, and taken from <c>CRASH_SEED</c> to run it again.</summary>
internal static class Seeded
{
    public static async Task RunAsync(Func<int, Task> test)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CRASH_SEED"), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next(1_000_000);
        try
        {
            await test(seed);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Failed with CRASH_SEED={seed}: {e.Message}", e);
        }
    }
}
