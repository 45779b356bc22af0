using System.Text;
using Gateway.Hosting;
using Gateway.Ingress;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Hosting;

/// <summary>Settings under their documented names, wherever they come from.</summary>
public class SettingsTests
{
    [Fact]
    public void What_is_not_set_or_empty_has_its_default()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["GATEWAY_PING_SECONDS"] = "", ["GATEWAY_PROFILE"] = "" })
            .Build();
        Assert.Equal(new IngressOptions(), Settings.Read<IngressOptions>(configuration));
        Assert.Equal(new ServiceSettings(), Settings.Read<ServiceSettings>(configuration));
    }

    [Fact]
    public void A_file_and_what_is_over_it_give_every_setting()
    {
        const string File =
            """{"GATEWAY_PING_SECONDS":2.5"""
            + ""","GATEWAY_PROFILE":"Strict","GATEWAY_QUOTA_UNAVAILABLE":"open","GATEWAY_OUTBOX":"here","GATEWAY_OUTBOX_SYNC":true"""
            + ""","GATEWAY_OUTBOX_AHEAD":1}""";
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(File)))
            .AddInMemoryCollection(new Dictionary<string, string?> { ["GATEWAY_OUTBOX_AHEAD"] = "64" })
            .Build();
        var expected = new IngressOptions
        {
            PingSeconds = 2.5,
            Profile = ApiProfile.Strict,
            QuotaUnavailable = QuotaOutage.Open,
            OutboxDirectory = "here",
            OutboxSync = true,
            PublishAhead = 64,
        };
        Assert.Equal(expected, Settings.Read<IngressOptions>(configuration));
    }

    [Theory]
    [InlineData("http://sidecar:3600", null, "http://sidecar:3600")]
    [InlineData(null, "3600", "http://127.0.0.1:3600")]
    [InlineData(null, null, "http://127.0.0.1:3500")]
    public void The_sidecar_is_where_Dapr_says(string? endpoint, string? port, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["DAPR_HTTP_ENDPOINT"] = endpoint, ["DAPR_HTTP_PORT"] = port })
            .Build();
        Assert.Equal(expected, Sidecar.HttpEndpoint(configuration));
    }
}
