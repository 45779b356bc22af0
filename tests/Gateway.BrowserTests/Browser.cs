using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>The machine's own Chromium; nothing is downloaded.</summary>
internal static class Browser
{
    private static readonly string[] Usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

    /// <summary>Null: there is none.</summary>
    public static string? Path { get; } =
        Environment.GetEnvironmentVariable("CHROMIUM_PATH") is { Length: > 0 } given ? given : Usual.FirstOrDefault(File.Exists);

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = Path,
        // Of a container's root it takes no sandbox; it sees our own pages alone.
        Args = ["--no-sandbox", "--disable-gpu"],
    });
}
