using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Web;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>Pages of the web, read for a model that anybody may have told which.</summary>
public sealed class WebFetchTests : IAsyncLifetime
{
    private FakeUpstream _site = null!;
    private TestAdapter _adapter = null!;

    private int Port => new Uri(_site.Url).Port;

    public async Task InitializeAsync()
    {
        _site = await FakeUpstream.StartAsync();
        _adapter = await StartAsync($""" "networks": ["127.0.0.1/32"], "ports": [{Port}, 80, 443], "timeoutMs": 1500, "maxBytes": 65536 """);
    }

    public async Task DisposeAsync()
    {
        await _adapter.DisposeAsync();
        await _site.DisposeAsync();
    }

    private static Task<TestAdapter> StartAsync(string entry) => TestAdapter.StartAsync($$"""{}, "fetch": { {{entry}} }""");

    private void Page(string path, Answer answer) => _site.Always(r => r.Path == path, _ => answer);

    private static Answer Html(string html, string type = "text/html; charset=utf-8") => Answer.Whole(type, Encoding.UTF8.GetBytes(html));

    private static Answer Redirect(string to, int status = 302) => Answer.Whole("text/plain", default, status).Header("location", to);

    private Task<WebFetchAnswer> FetchAsync(string path, bool pdf = false, int characters = 10_000) =>
        AskAsync(_adapter, new WebFetchCall { Url = path.Contains("://") ? path : _site.Url + path, MaxCharacters = characters, Pdf = pdf });

    private static async Task<WebFetchAnswer> AskAsync(TestAdapter adapter, WebFetchCall call)
    {
        using var response = await adapter.Client.PostAsJsonAsync(InternalRoutes.Fetch, call, JsonSerializerOptions.Web);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<WebFetchAnswer>(JsonSerializerOptions.Web))!;
    }

    [Fact]
    public async Task A_page_is_its_text_with_headings_lists_and_links()
    {
        Page("/page", Html("""
            <!doctype html><html><head><title> The &amp; page </title><style>p{color:red}</style><script>if (a < b) alert("<p>no</p>")</script></head>
            <body><nav><a href="/home">Home</a></nav><h1>Über <em>all</em></h1><p>First   paragraph,
            with a <a href='sub/next?x=1&amp;y=2' title="a > b">link</a>.</p><!-- <p>hidden</p> --><ul><li>one</li><li>two</li></ul>
            <pre>  code
              stays</pre><table><tr><td>a</td><td>b</td></tr></table><p>1 &lt; 2 &#8364;</p><a href="javascript:alert(1)">script</a></body></html>
            """));
        var answer = await FetchAsync("/page");
        Assert.Null(answer.Error);
        Assert.Equal("The & page", answer.Title);
        Assert.NotNull(answer.RetrievedAt);
        Assert.Equal($"{_site.Url}/page", answer.Url);
        foreach (var part in new[]
        {
            "# Über all", "First paragraph, with a [link](" + _site.Url + "/sub/next?x=1&y=2).", "- one\n- two",
            "```\n  code\n", "a | b |", "1 < 2 €", "script",
        })
        {
            Assert.Contains(part, answer.Text);
        }

        Assert.DoesNotContain("alert", answer.Text);
        Assert.DoesNotContain("hidden", answer.Text);
        Assert.DoesNotContain("color", answer.Text);
        var asked = Assert.Single(_site.Requests, r => r.Path == "/page");
        Assert.Equal("llm-gateway", asked.Header("user-agent"));
        Assert.Null(asked.Header("authorization"));
    }

    [Theory]
    [InlineData("<p>a<b")]
    [InlineData("<p>a</p><script>never closed")]
    [InlineData("a < b and <!-- never closed")]
    [InlineData("<a href=\"x>a</a")]
    [InlineData("a<title>t")]
    [InlineData("a&#xFFFFFFFF;&unknown;<")]
    public async Task What_is_not_well_formed_is_read_as_far_as_it_goes(string html)
    {
        var path = $"/broken{html.Length}{html[^1] % 7}";
        Page(path, Html(html));
        var answer = await FetchAsync(path);
        Assert.Null(answer.Error);
        Assert.StartsWith("a", answer.Text!.TrimStart('['));
    }

    [Theory]
    [InlineData("http://127.0.0.2:PORT/x")]
    [InlineData("http://2130706434:PORT/x")]
    [InlineData("http://0x7f000002:PORT/x")]
    [InlineData("http://[::1]:PORT/x")]
    [InlineData("http://[::ffff:127.0.0.2]:PORT/x")]
    [InlineData("http://[::ffff:169.254.169.254]/latest/meta-data/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://100.100.100.200/")]
    [InlineData("http://0.0.0.0:PORT/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://[2002:7f00:2::]/")]
    [InlineData("http://user:word@127.0.0.1:PORT/x")]
    [InlineData("http://127.0.0.1:8/x")]
    [InlineData("ftp://127.0.0.1:PORT/x")]
    [InlineData("file:///etc/passwd")]
    public async Task What_is_not_the_Internets_is_not_read(string url)
    {
        var answer = await FetchAsync(url.Replace("PORT", Port.ToString()));
        Assert.Equal(WebErrors.UrlNotAllowed, answer.Error);
        Assert.DoesNotContain(_site.Requests, r => r.Path == "/x");
        // Nor where a page leads there.
        var path = $"/leads{url.Length}{url.GetHashCode(StringComparison.Ordinal)}";
        Page(path, Redirect(url.Replace("PORT", Port.ToString())));
        Assert.Equal(WebErrors.UrlNotAllowed, (await FetchAsync(path)).Error);
        Assert.DoesNotContain(_site.Requests, r => r.Path == "/x");
    }

    [Fact]
    public async Task A_name_that_means_a_private_address_is_looked_at_where_the_connection_is_made()
    {
        await using var strict = await StartAsync($""" "ports": [{Port}], "timeoutMs": 1500 """);
        foreach (var host in new[] { "localhost", "127.0.0.1" })
        {
            var answer = await AskAsync(strict, new WebFetchCall { Url = $"http://{host}:{Port}/secret", MaxCharacters = 100 });
            Assert.Equal(WebErrors.UrlNotAllowed, answer.Error);
        }

        Assert.Empty(_site.Requests);
    }

    [Fact]
    public async Task Redirects_are_followed_five_times()
    {
        for (var i = 0; i < 7; i++)
            Page($"/step{i}", i == 6 ? Html("<p>there</p>") : Redirect($"/step{i + 1}", i % 2 == 0 ? 301 : 307));
        Assert.Equal((null, $"{_site.Url}/step6"), ((await FetchAsync("/step1")).Error, (await FetchAsync("/step1")).Url));
        Assert.Equal(WebErrors.UrlNotAccessible, (await FetchAsync("/step0")).Error);
    }

    [Fact]
    public async Task A_body_is_read_to_its_limit_only_however_small_it_was_packed()
    {
        Page("/large", Html(new string('x', 65_537)));
        Page("/bomb", Html(new string('x', 80_000_000)).Encoded("gzip"));
        Page("/packed", Html("<p>packed</p>").Encoded("br"));
        Assert.Equal(WebErrors.ContentTooLarge, (await FetchAsync("/large")).Error);
        Assert.Equal(WebErrors.ContentTooLarge, (await FetchAsync("/bomb")).Error);
        Assert.Equal("packed", (await FetchAsync("/packed")).Text);
    }

    [Fact]
    public async Task A_site_that_is_slow_or_breaks_off_is_not_waited_for()
    {
        Page("/silent", Answer.Silence());
        Page("/slow", new Answer().Header("content-type", "text/html").Raw("<p>a").Stall());
        Page("/cut", new Answer().Header("content-type", "text/html").Header("content-length", "100").Raw("<p>a").Cut());
        var started = DateTime.UtcNow;
        foreach (var path in new[] { "/silent", "/slow", "/cut" })
            Assert.Equal(WebErrors.UrlNotAccessible, (await FetchAsync(path)).Error);
        Assert.InRange((DateTime.UtcNow - started).TotalSeconds, 2, 10);
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("text/markdown; charset=utf-8", null)]
    [InlineData("application/json", null)]
    [InlineData("application/atom+xml", null)]
    [InlineData("image/png", WebErrors.UnsupportedContentType)]
    [InlineData("application/octet-stream", WebErrors.UnsupportedContentType)]
    public async Task Text_is_kept_as_it_is_and_other_types_are_refused(string type, string? error)
    {
        var path = $"/type{type.Length}";
        Page(path, Html("<b>as</b> it is", type));
        var answer = await FetchAsync(path);
        Assert.Equal((error, error is null ? "<b>as</b> it is" : null), (answer.Error, answer.Text));
    }

    [Fact]
    public async Task A_PDF_is_given_to_models_that_read_it()
    {
        var pdf = Encoding.ASCII.GetBytes("%PDF-1.7 …");
        Page("/pdf", Answer.Whole("application/pdf", pdf));
        Assert.Equal(Convert.ToBase64String(pdf), (await FetchAsync("/pdf", pdf: true)).Pdf);
        Assert.Equal(WebErrors.UnsupportedContentType, (await FetchAsync("/pdf")).Error);
    }

    [Fact]
    public async Task Its_encoding_is_what_the_header_or_the_page_says()
    {
        Page("/header", Answer.Whole("text/html; charset=windows-1252", new byte[] { (byte)'<', (byte)'p', (byte)'>', 0x80, 0xFC }));
        Page("/meta", Answer.Whole("text/html", (byte[])[.. "<meta charset='iso-8859-1'><p>"u8, 0xFC]));
        Page("/mark", Answer.Whole("text/plain", new byte[] { 0xFF, 0xFE, (byte)'a', 0 }));
        Page("/odd", Answer.Whole("text/plain; charset=klingon", "ü"u8.ToArray()));
        Assert.Equal("€ü", (await FetchAsync("/header")).Text);
        Assert.Equal("ü", (await FetchAsync("/meta")).Text);
        Assert.Equal("a", (await FetchAsync("/mark")).Text);
        Assert.Equal("ü", (await FetchAsync("/odd")).Text);
    }

    [Fact]
    public async Task No_more_is_given_than_was_asked_for()
    {
        Page("/long", Html("<p>" + string.Concat(Enumerable.Repeat("word ", 1000)) + "</p>"));
        Assert.Equal(50, (await FetchAsync("/long", characters: 50)).Text!.Length);
    }

    [Theory]
    [InlineData(404, WebErrors.UrlNotAccessible)]
    [InlineData(500, WebErrors.UrlNotAccessible)]
    [InlineData(401, WebErrors.UrlNotAccessible)]
    [InlineData(429, WebErrors.TooManyRequests)]
    public async Task A_refusal_of_the_site_is_told(int status, string error)
    {
        Page($"/status{status}", Answer.Whole("text/html", "no"u8.ToArray(), status));
        Assert.Equal(error, (await FetchAsync($"/status{status}")).Error);
    }

    [Fact]
    public async Task Domains_are_held_to_also_after_a_redirect()
    {
        Page("/blog/a", Html("<p>blog</p>"));
        Page("/out", Redirect("/shop"));
        async Task<string?> ErrorAsync(string path, string[]? allowed, string[]? blocked) => (await AskAsync(
            _adapter, new WebFetchCall { Url = _site.Url + path, MaxCharacters = 100, AllowedDomains = allowed, BlockedDomains = blocked })).Error;
        Assert.Null(await ErrorAsync("/blog/a", ["127.0.0.1/blog"], null));
        Assert.Equal(WebErrors.UrlNotAllowed, await ErrorAsync("/blog/a", ["127.0.0.1/shop"], null));
        Assert.Equal(WebErrors.UrlNotAllowed, await ErrorAsync("/blog/a", null, ["127.0.0.1"]));
        Assert.Equal(WebErrors.UrlNotAllowed, await ErrorAsync("/out", ["127.0.0.1/out"], null));
        await using var narrow = await StartAsync($""" "networks": ["127.0.0.1/32"], "ports": [{Port}], "blockedDomains": ["127.0.0.1"] """);
        Assert.Equal(WebErrors.UrlNotAllowed, (await AskAsync(narrow, new WebFetchCall { Url = _site.Url + "/blog/a", MaxCharacters = 100 })).Error);
    }

    [Theory]
    [InlineData("User-agent: *\nDisallow: /private", "/private/x", false)]
    [InlineData("User-agent: *\nDisallow: /private", "/public", true)]
    [InlineData("User-agent: *\nDisallow: /\nAllow: /private/x$", "/private/x", true)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/private/x", true)]
    [InlineData("User-agent: other\nDisallow: /", "/private/x", true)]
    [InlineData("User-agent: other\nUser-agent: LLM-Gateway\nDisallow: / # all\n\nUser-agent: *\nAllow: /", "/private/x", false)]
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: llm-gateway/2.0\nDisallow:", "/private/x", true)]
    [InlineData("garbage\n:::\nDisallow: /", "/private/x", true)]
    public async Task A_sites_robots_are_asked_first(string robots, string path, bool allowed)
    {
        Page("/robots.txt", Answer.Whole("text/plain", Encoding.UTF8.GetBytes(robots)));
        Page(path, Html("<p>page</p>"));
        Assert.Equal(allowed ? null : WebErrors.UrlNotAllowed, (await FetchAsync(path)).Error);
        Assert.Equal(allowed, _site.Requests.Any(r => r.Path == path));
        await FetchAsync(path);
        // Asked once an hour.
        Assert.Single(_site.Requests, r => r.Path == "/robots.txt");
    }

    [Fact]
    public async Task Robots_that_cannot_be_read_forbid_and_an_operator_may_not_ask_them()
    {
        Page("/robots.txt", Answer.Json("{}", 503));
        Page("/page", Html("<p>page</p>"));
        Assert.Equal(WebErrors.UrlNotAccessible, (await FetchAsync("/page")).Error);
        await using var rude = await StartAsync($""" "networks": ["127.0.0.1/32"], "ports": [{Port}], "robots": false, "agent": "reader/1" """);
        Assert.Null((await AskAsync(rude, new WebFetchCall { Url = _site.Url + "/page", MaxCharacters = 100 })).Error);
        Assert.Equal("reader/1", _site.Requests[^1].Header("user-agent"));
    }

    [Theory]
    [InlineData(""" "networks": ["nowhere"] """, "fetch.networks")]
    [InlineData(""" "ports": [] """, "fetch.ports")]
    [InlineData(""" "proxy": "somewhere" """, "fetch.proxy")]
    [InlineData(""" "maxBytes": 1 """, "fetch.maxBytes")]
    [InlineData(""" "allowedDomains": ["a b"] """, "fetch")]
    public async Task A_mistake_in_the_catalog_is_told_by_its_place(string entry, string place) =>
        Assert.Contains(place + ":", (await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(entry))).ToString());
}
