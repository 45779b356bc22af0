using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.Tests.WebConsole;

/// <summary>A browser without scripts: cookies, pages and forms.</summary>
public sealed partial class ConsoleBrowser(string url) : IDisposable
{
    private readonly HttpClient _client = Create(url);

    private static HttpClient Create(string url)
    {
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() };
        var client = new HttpClient(sockets) { BaseAddress = new Uri(url) };
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        return client;
    }

    /// <summary>Sent with each request; <c>X-Forwarded-For</c>, say.</summary>
    public void Add(string header, string value) => _client.DefaultRequestHeaders.Add(header, value);

    public async Task<Seen> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(path);
        return await ReadAsync(path, answer);
    }

    /// <summary>Fills a form of the page in and sends it; the fields that it has already are sent as they are.</summary>
    /// <param name="page">The page.</param>
    /// <param name="fields">What is typed.</param>
    /// <param name="form">A part of the form's markup that no other has; null: the last one.</param>
    public async Task<Seen> SubmitAsync(Seen page, Dictionary<string, string> fields, string? form = null)
    {
        var found = Forms().Matches(page.Html).Select(m => m.Value).Last(f => form is null || f.Contains(form, StringComparison.Ordinal));
        var all = Hidden().Matches(found).ToDictionary(m => m.Groups[1].Value, m => WebUtility.HtmlDecode(m.Groups[2].Value));
        foreach (var (name, value) in fields)
            all[name] = value;
        var action = Action().Match(found) is { Success: true } match ? WebUtility.HtmlDecode(match.Groups[1].Value) : page.Path;
        using var answer = await _client.PostAsync(action, new FormUrlEncodedContent(all));
        return await ReadAsync(action, answer);
    }

    /// <summary>Sends a form that is none of the gateway's.</summary>
    public async Task<Seen> PostAsync(Uri address, IReadOnlyDictionary<string, string> fields)
    {
        using var answer = await _client.PostAsync(address, new FormUrlEncodedContent(fields));
        return await ReadAsync(address.ToString(), answer);
    }

    public void Dispose() => _client.Dispose();

    private static async Task<Seen> ReadAsync(string path, HttpResponseMessage answer)
    {
        var location = answer.Headers.Location is { } to ? to.IsAbsoluteUri ? to.PathAndQuery : to.OriginalString : null;
        var cookies = answer.Headers.TryGetValues("Set-Cookie", out var set) ? set.ToList() : [];
        return new((int)answer.StatusCode, path, location, await answer.Content.ReadAsStringAsync(), cookies, answer.Headers);
    }

    /// <summary>What came.</summary>
    public sealed record Seen(
        int Status, string Path, string? Location, string Html, IReadOnlyList<string> Cookies, System.Net.Http.Headers.HttpResponseHeaders Headers)
    {
        /// <summary>What a reader reads: without markup.</summary>
        public string Text => WebUtility.HtmlDecode(Tags().Replace(Html, " "));
    }

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Forms();

    [GeneratedRegex("""<input type="hidden" name="([^"]*)" value="([^"]*)""")]
    private static partial Regex Hidden();

    [GeneratedRegex("""<form[^>]* action="([^"]*)""")]
    private static partial Regex Action();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
