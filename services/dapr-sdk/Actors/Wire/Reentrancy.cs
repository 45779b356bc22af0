namespace Dapr.Actors.Wire;

/// <summary>The sidecar's id of a call chain; calls made inside a call carry it on.</summary>
internal static class Reentrancy
{
    public const string Header = "Dapr-Reentrancy-Id";

    private static readonly AsyncLocal<string?> Current = new();

    public static string? Id
    {
        get => Current.Value;
        set => Current.Value = value;
    }
}
