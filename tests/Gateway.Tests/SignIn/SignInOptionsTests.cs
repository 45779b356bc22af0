using System.Net;
using Gateway.Ingress.SignIn;

namespace Gateway.Tests.SignIn;

/// <summary>Settings that do not go together, codes as people type them, and how often one address may try.</summary>
public sealed class SignInOptionsTests
{
    [Theory]
    [InlineData(null, "client", null, null, "GATEWAY_OIDC_AUTHORITY is not set")]
    [InlineData(null, null, "audience", null, "GATEWAY_OIDC_AUTHORITY is not set")]
    [InlineData("https://login.example.com", null, null, null, "neither GATEWAY_OIDC_CLIENT_ID")]
    [InlineData("http://login.example.com", "client", null, null, "it takes https")]
    [InlineData("https://login.example.com", "client", null, "http://gw.example.com", "signing in takes https")]
    [InlineData("https://login.example.com", "client", null, "https://gw.example.com/gateway", "scheme, host and port only")]
    [InlineData("http://127.0.0.1:5000", "client", null, "http://localhost:8080", null)]
    [InlineData("https://login.example.com", "client", "audience", "https://gw.example.com/", null)]
    [InlineData(null, null, null, null, null)]
    public void Settings_that_do_not_go_together_are_told(string? authority, string? client, string? audience, string? url, string? mistake)
    {
        var found = new SignInOptions { Authority = authority, ClientId = client, Audience = audience, PublicUrl = url }.Mistake();
        if (mistake is null)
            Assert.Null(found);
        else
            Assert.Contains(mistake, found);
    }

    [Theory]
    [InlineData("BCDF-GHJK", "BCDF-GHJK")]
    [InlineData(" bcdf ghjk ", "BCDF-GHJK")]
    [InlineData("bcdfghjk", "BCDF-GHJK")]
    [InlineData("ABCD-EFGH", null)]
    [InlineData("BCDF-GHJKL", null)]
    [InlineData("<b>", null)]
    [InlineData(null, null)]
    public void A_code_is_read_however_it_was_typed(string? typed, string? code) => Assert.Equal(code, UserCodes.Read(typed));

    [Theory]
    [InlineData("10.0.0.0/8, 192.0.2.1, fd00::/8", true)]
    [InlineData("proxy.example.com", false)]
    [InlineData("10.0.0.1/8/8", false)]
    public void Proxies_are_addresses_and_networks(string list, bool isGood) => Assert.Equal(isGood, new NetworksAttribute().IsValid(list));

    [Fact]
    public void A_single_address_is_a_network_of_its_own()
    {
        var proxies = new SignInOptions { Proxies = "192.0.2.1,fd00::1" }.ProxyList;
        Assert.All(proxies, p => Assert.Equal(p.BaseAddress.GetAddressBytes().Length * 8, p.PrefixLength));
        Assert.Contains(proxies, p => p.Contains(IPAddress.Parse("192.0.2.1")));
    }
}
