using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary><c>dapr.yaml</c>, the template of <c>dapr run -f .</c>.</summary>
public class DaprTemplateTests
{
    // The fields that the Dapr CLI reads (RunConfig and SharedRunConfig in pkg/standalone/run.go of dapr/cli); others it would ignore.
    private static readonly string[] CommonFields =
    [
        "configFilePath", "appProtocol", "apiListenAddresses", "enableProfiling", "logLevel", "appMaxConcurrency", "placementHostAddress",
        "resourcesPath", "resourcesPaths", "appSSL", "maxBodySize", "readBufferSize", "enableAppHealthCheck", "appHealthCheckPath",
        "appHealthProbeInterval", "appHealthProbeTimeout", "appHealthThreshold", "enableApiLogging", "runtimePath", "env", "daprdLogDestination",
        "appLogDestination", "schedulerHostAddress",
    ];

    private static readonly string[] AppFields =
    [
        "appID", "appDirPath", "appChannelAddress", "appPort", "daprHTTPPort", "daprGRPCPort", "profilePort", "command", "metricsPort", "unixDomainSocket",
        "daprInternalGRPCPort", .. CommonFields,
    ];

    private static readonly JsonObject Template = YamlFiles.Read("dapr.yaml")[0];
    private static readonly IReadOnlyList<JsonObject> Apps = [.. Template.Items("apps").Select(a => a.AsObject())];
    private static readonly JsonObject Common = Template["common"]!.AsObject();

    [Fact]
    public void Every_field_is_one_that_the_cli_reads()
    {
        Assert.Equal("1", Template.Text("version"));
        Assert.Equal(["version", "common", "apps"], Template.Select(p => p.Key));
        Assert.All(Common, p => Assert.Contains(p.Key, CommonFields));
        Assert.All(Apps, app => Assert.All(app, p => Assert.Contains(p.Key, AppFields)));
    }

    [Fact]
    public void All_services_run_and_no_port_is_given_twice()
    {
        Assert.Equal(AppIds.All.Order(), Apps.Select(a => a.Text("appID")!).Order());
        string[] fields = ["appPort", "daprHTTPPort", "daprGRPCPort", "metricsPort"];
        var ports = Apps.SelectMany(a => fields.Select(p => int.Parse(a.Text(p)!, CultureInfo.InvariantCulture))).ToList();
        Assert.Equal(ports.Count, ports.Distinct().Count());
        // Where `dapr init` puts placement, scheduler, Redis and Zipkin.
        Assert.Empty(ports.Intersect([50005, 50006, 6379, 9411, 58080, 58081, 59090, 59091]));
    }

    [Fact]
    public void Every_sidecar_takes_what_the_services_take_and_watches_its_service()
    {
        Assert.Equal("40Mi", Common.Text("maxBodySize"));
        Assert.Equal(40L * 1024 * 1024, ServiceHost.MaxBodyBytes);
        Assert.Equal("64Ki", Common.Text("readBufferSize"));
        Assert.Equal("true", Common.Text("enableAppHealthCheck"));
        Assert.Equal(HealthEndpoints.Live, Common.Text("appHealthCheckPath"));
    }

    [Fact]
    public void The_collectors_first_generation_is_the_same_however_the_services_are_run()
    {
        var settings = JsonNode.Parse(File.ReadAllText(RepositoryFiles.Path("services", "local", "Properties", "launchSettings.json")))!;
        var size = settings["profiles"]!["gateway"]!["environmentVariables"]!["DOTNET_GCgen0size"]!.GetValue<string>();
        Assert.StartsWith("0x", size);
        Assert.Equal(size, Common["env"]!.AsObject().Text("DOTNET_GCgen0size"));
        var image = XDocument.Load(RepositoryFiles.Path("Directory.Build.targets")).Descendants("ContainerEnvironmentVariable").Single();
        Assert.Equal(("DOTNET_GCgen0size", size), (image.Attribute("Include")!.Value, image.Attribute("Value")!.Value));
    }

    [Fact]
    public void Resources_and_configuration_are_where_the_template_says()
    {
        Assert.All(Common.Texts("resourcesPaths"), path => Assert.True(Directory.Exists(RepositoryFiles.Path(path)), path));
        var configuration = YamlFiles.Read(Common.Text("configFilePath")!)[0];
        Assert.Equal("Configuration", configuration.Kind());
        Assert.NotNull(configuration.Text("spec", "tracing", "samplingRate"));
        // One working directory for all: the SQLite files of components/ are named relative to it, and two services share one.
        Assert.All(Apps, a => Assert.Equal(".", a.Text("appDirPath")));
    }

    [Fact]
    public void Every_command_starts_the_services_own_build_on_the_port_its_sidecar_calls() => Assert.All(Apps, app =>
    {
        var command = app.Texts("command");
        var id = app.Text("appID")!;
        var assembly = Path.GetFileNameWithoutExtension(Directory.EnumerateFiles(RepositoryFiles.Path("services", id), "*.csproj").Single());
        Assert.Equal(["dotnet", $".artifacts/bin/{assembly}/release/{assembly}.dll", "--urls", $"http://127.0.0.1:{app.Text("appPort")}"], command);
    });
}
