namespace Gateway.Fuzz;

/// <summary>Something that must not be.</summary>
internal sealed class FuzzFailure(string message) : Exception(message)
{
    private const int MaxShown = 600;

    public static void Unless(bool holds, string message, string? shown = null)
    {
        if (!holds)
            throw new FuzzFailure(shown is null ? message : $"{message}: {(shown.Length <= MaxShown ? shown : shown[..MaxShown] + "…")}");
    }
}
