using Microsoft.Playwright;

namespace Gateway.BrowserTests;

/// <summary>A reader without a mouse: Tab to what is wanted, then keys. Each stop on the way has to be seen.</summary>
internal sealed class Keyboard(IPage page)
{
    /// <summary>More than stand on any page of the tests.</summary>
    private const int MostStops = 150;

    /// <summary>What the one with the focus is called, and what is not seen of it; a label is called by its own words, without what is in its field.</summary>
    private const string Stop = """
        () => {
          const at = document.activeElement;
          const words = e => [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.textContent).join(' ');
          const name = at.getAttribute('aria-label') ?? (at.labels?.length ? words(at.labels[0]) : at.textContent);
          const style = getComputedStyle(at), box = at.getBoundingClientRect();
          const isSeen = at === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
            && box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight);
          return [name.trim().replace(/\s+/g, ' '), isSeen ? '' : at.outerHTML.slice(0, 200)];
        }
        """;

    /// <summary>What Tab is to lead to; of radio buttons one, which there are none of.</summary>
    private const string Stops = """
        () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
          .filter(e => !e.disabled && e.type !== 'hidden' && e.checkVisibility())
          .map(e => (e.setAttribute('data-stop', ''), e)).length
        """;

    private const string Reach = "() => document.activeElement.removeAttribute('data-stop')";

    private const string Missed = "() => [...document.querySelectorAll('[data-stop]')].map(e => e.outerHTML.slice(0, 200))";

    public Task PressAsync(string key) => page.Keyboard.PressAsync(key);

    /// <summary>Presses Tab until what is called so has the focus; where a name ends in an ellipsis, by its beginning.</summary>
    public async Task ToAsync(string name)
    {
        for (var i = 0; i < MostStops; i++)
        {
            await PressAsync("Tab");
            if (Is(await SeenAsync(), name))
                return;
        }

        Assert.Fail($"No Tab leads to '{name}' at {page.Url}.");
    }

    /// <summary>In the place of what stands in a field.</summary>
    public async Task TypeAsync(string field, string text)
    {
        await ToAsync(field);
        await PressAsync("Control+A");
        await page.Keyboard.TypeAsync(text);
    }

    public async Task PressAsync(string name, string key)
    {
        await ToAsync(name);
        await PressAsync(key);
    }

    /// <summary>Follows a link, or sends a form, to the page that comes of it.</summary>
    public async Task GoAsync(string name, string url)
    {
        await PressAsync(name, "Enter");
        await page.WaitForURLAsync(url);
    }

    /// <summary>By the navigation, and past it to the page itself.</summary>
    public async Task AreaAsync(string name, string url)
    {
        await GoAsync(name, url);
        await PastNavigationAsync();
    }

    /// <summary>As the first stop of each page offers.</summary>
    public async Task PastNavigationAsync()
    {
        await PressAsync("Skip to the page", "Enter");
        await page.WaitForFunctionAsync("() => document.activeElement.id === 'main'");
    }

    /// <summary>From the first stop to the last: what no Tab leads to.</summary>
    public async Task<IReadOnlyList<string>> WalkAsync()
    {
        var stops = await page.EvaluateAsync<int>(Stops);
        // A field of a date has several stops of its own.
        for (var i = 0; i < stops + 20; i++)
        {
            await PressAsync("Tab");
            await SeenAsync();
            await page.EvaluateAsync(Reach);
        }

        return await page.EvaluateAsync<string[]>(Missed);
    }

    private async Task<string> SeenAsync()
    {
        var stop = await page.EvaluateAsync<string[]>(Stop);
        Assert.True(stop[1].Length == 0, $"The focus is not seen at {page.Url}: {stop[1]}");
        return stop[0];
    }

    private static bool Is(string name, string wanted) => wanted.EndsWith('…') ? name.StartsWith(wanted[..^1], StringComparison.Ordinal) : name == wanted;
}
