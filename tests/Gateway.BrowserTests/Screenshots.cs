using System.Runtime.CompilerServices;
using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>Pictures of pages for review, over those of the console's README, where <c>CONSOLE_SCREENSHOTS=true</c> asks for them.</summary>
internal static class Screenshots
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("CONSOLE_SCREENSHOTS") == "true"
        ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../services/console/pictures"))
        : null;

    public static async Task TakeAsync(IPage page, string name)
    {
        if (Folder is null)
            return;
        Directory.CreateDirectory(Folder);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name + ".png"), Animations = ScreenshotAnimations.Disabled });
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
