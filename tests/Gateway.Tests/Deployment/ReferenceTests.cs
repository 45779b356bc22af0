using System.Xml.Linq;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>
/// Who may reference whom: contracts &lt;- providers &lt;- {translator, provider-adapter}; {contracts, hosting} &lt;- every service; local -&gt; all.
/// Services reach each other through Dapr alone, and what has no I/O stays free of ASP.NET, Dapr clients and exporters.
/// </summary>
public class ReferenceTests
{
    private const string AspNet = "Microsoft.AspNetCore.App";

    /// <summary>By folder: the projects, packages and frameworks that a project may name; the SDK of web services brings ASP.NET with it.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        // The account actor's interface is a contract.
        ["contracts"] = ["Dapr.Actors"],
        // A checksum that .NET itself has not.
        ["providers"] = ["contracts", "System.IO.Hashing"],
        ["hosting"] =
        [
            "contracts", AspNet, "Dapr", "Microsoft.AspNetCore.OpenApi", "OpenTelemetry.Extensions.Hosting", "OpenTelemetry.Exporter.OpenTelemetryProtocol",
            "OpenTelemetry.Exporter.Prometheus.AspNetCore",
        ],
        ["ingress"] =
        [
            "contracts", "hosting", AspNet, "Microsoft.AspNetCore.Authentication.OpenIdConnect", "Microsoft.AspNetCore.OpenApi", "Scalar.AspNetCore",
        ],
        ["translator"] = ["contracts", "hosting", "providers", AspNet],
        // The clouds' own libraries, for credentials only.
        ["provider-adapter"] =
        [
            "contracts", "hosting", "providers", AspNet, "AWSSDK.Core", "AWSSDK.SecurityToken", "AWSSDK.SSO", "AWSSDK.SSOOIDC", "Azure.Identity",
            "Google.Apis.Auth",
        ],
        ["billing"] = ["contracts", "hosting", AspNet, "Microsoft.AspNetCore.OpenApi"],
        // Blazor is part of ASP.NET.
        ["console"] = ["contracts", "hosting", AspNet],
        ["local"] =
        [
            "contracts", "hosting", "providers", "ingress", "translator", "provider-adapter", "billing", "console", AspNet,
            "Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3", "YamlDotNet", "Dapr.Protos", "Grpc.AspNetCore.Server",
            "Microsoft.AspNetCore.TestHost",
        ],
    };

    public static TheoryData<string> Services =>
        [.. Directory.EnumerateDirectories(RepositoryFiles.Path("services")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Services))]
    public void A_project_references_only_what_the_design_lets_it(string folder)
    {
        Assert.True(Allowed.TryGetValue(folder, out var allowed), $"services/{folder} has no entry here: which references may it have?");
        var references = References(folder).ToList();
        var others = references.Except(allowed).ToList();
        Assert.True(others.Count == 0, $"services/{folder} must not reference {string.Join(", ", others)}");
    }

    [Theory]
    [InlineData("contracts")]
    [InlineData("providers")]
    public void What_has_no_IO_gets_no_ASPNET_by_another_projects_reference(string folder)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var next))
        {
            foreach (var reference in References(next).Where(reached.Add).Where(Allowed.ContainsKey))
                open.Push(reference);
        }

        Assert.DoesNotContain(AspNet, reached);
        Assert.DoesNotContain("hosting", reached);
        Assert.DoesNotContain(reached, r => r.StartsWith("OpenTelemetry", StringComparison.Ordinal));
    }

    private static IEnumerable<string> References(string folder)
    {
        var directory = RepositoryFiles.Path("services/" + folder);
        var project = XDocument.Load(Assert.Single(Directory.GetFiles(directory, "*.csproj"))).Root!;
        if ((string?)project.Attribute("Sdk") == "Microsoft.NET.Sdk.Web")
            yield return AspNet;
        if (project.Descendants("UsesDapr").Any(e => e.Value == "true"))
            yield return "Dapr";
        foreach (var reference in project.Descendants("ProjectReference"))
        {
            var path = Path.GetFullPath(Path.Combine(directory, (string)reference.Attribute("Include")!));
            Assert.StartsWith(RepositoryFiles.Path("services"), path);
            yield return Path.GetFileName(Path.GetDirectoryName(path))!;
        }

        foreach (var reference in project.Descendants("PackageReference").Concat(project.Descendants("FrameworkReference")))
            yield return (string)reference.Attribute("Include")!;
    }
}
