using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>The manifests as they are in the repository; <see cref="RenderedOverlayTests"/> looks at what becomes of them.</summary>
public class KubernetesTests
{
    private static readonly IReadOnlyList<(string File, JsonObject Resource)> All = YamlFiles.ReadFolder("k8s");
    private static readonly IReadOnlyList<JsonObject> Base = [.. YamlFiles.ReadFolder("k8s", "base").Select(f => f.Resource)];

    [Fact]
    public void No_container_has_more_rights_than_it_needs()
    {
        var workloads = Workloads.Of(All.Select(f => f.Resource));
        Assert.True(workloads.Count >= 6);
        Assert.All(workloads, Workloads.AssertLocked);
    }

    [Fact]
    public void Every_service_is_a_dapr_app_under_its_own_id()
    {
        var apps = Workloads.Of(Base);
        Assert.Equal(AppIds.All.Order(), apps.Select(Workloads.AppId).Order());
        var configurations = Base.Where(r => r.Kind() == "Configuration").Select(r => r.Name()).ToList();
        Assert.All(apps, app =>
        {
            Assert.Equal(app.Name(), Workloads.AppId(app));
            Workloads.AssertDaprApp(app, configurations);
        });
    }

    [Fact]
    public void What_ingress_waits_for_stops_after_ingress()
    {
        int Grace(string app) => Workloads.Seconds(Workloads.Pod(Workloads.Of(Base).Single(w => w.Name() == app)).Text("terminationGracePeriodSeconds"));
        Assert.True(Grace(AppIds.Ingress) < Grace(AppIds.Translator));
        Assert.True(Grace(AppIds.Ingress) < Grace(AppIds.ProviderAdapter));
    }

    [Fact]
    public void Every_service_has_an_account_a_budget_for_disruptions_and_where_load_asks_for_it_a_scaler()
    {
        foreach (var app in AppIds.All)
        {
            Assert.Contains(Base, r => r.Kind() == "ServiceAccount" && r.Name() == app);
            Assert.Contains(Base, r => r.Kind() == "Service" && r.Name() == app);
            Assert.Contains(Base, r => r.Kind() == "PodDisruptionBudget" && r.Name() == app);
            Assert.Contains(Base, r => r.Kind() == "NetworkPolicy" && r.Name() == app);
        }

        var scalers = Base.Where(r => r.Kind() == "HorizontalPodAutoscaler").ToDictionary(r => r.Text("spec", "scaleTargetRef", "name")!);
        Assert.Equal([AppIds.Ingress, AppIds.ProviderAdapter, AppIds.Translator], scalers.Keys.Order());
        Assert.All(scalers, scaler =>
        {
            var kind = scaler.Value.Text("spec", "scaleTargetRef", "kind");
            Assert.Contains(Base, r => r.Kind() == kind && r.Name() == scaler.Key);
            // Whichever of the two runs out first: the sidecar burns as much as its service.
            Assert.Equal([scaler.Key, "daprd"], scaler.Value.Items("spec", "metrics").Select(m => m.Text("containerResource", "container")));
            Assert.All(scaler.Value.Items("spec", "metrics"), m => Assert.Equal("ContainerResource", m.Text("type")));
        });
    }

    [Fact]
    public void A_new_version_does_not_come_one_pod_at_a_time()
    {
        var ingress = Workloads.Of(Base).Single(w => w.Name() == AppIds.Ingress);
        Assert.Equal("Parallel", ingress.Text("spec", "podManagementPolicy"));
        Assert.Equal("RollingUpdate", ingress.Text("spec", "updateStrategy", "type"));
        Assert.Equal("25%", ingress.Text("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"));
        foreach (var app in new[] { AppIds.Ingress, AppIds.Translator, AppIds.ProviderAdapter })
            Assert.Equal("25%", Base.Single(r => r.Kind() == "PodDisruptionBudget" && r.Name() == app).Text("spec", "maxUnavailable"));
    }

    /// <summary>The namespace asks for `restricted`, and the chart leaves the sidecars their capabilities unless it is told.</summary>
    [Fact]
    public void Every_line_that_installs_dapr_makes_sidecars_that_the_namespace_lets_in()
    {
        var space = Base.Single(r => r.Kind() == "Namespace");
        Assert.Equal("restricted", space.Text("metadata", "labels", "pod-security.kubernetes.io/enforce"));
        // A command may go on after a backslash.
        var readme = File.ReadAllText(RepositoryFiles.Path("k8s", "README.md")).Replace("\\\n", " ", StringComparison.Ordinal);
        string[] commands = ["dapr init -k", "helm upgrade --install dapr"];
        var installs = readme.Split('\n').Where(l => commands.Any(c => l.TrimStart().StartsWith(c, StringComparison.Ordinal))).ToList();
        Assert.Equal(2, installs.Count);
        Assert.All(installs, line => Assert.Contains("--set dapr_sidecar_injector.sidecarDropALLCapabilities=true", line));
        Assert.All(Workloads.Of(Base), w => Assert.Equal("RuntimeDefault", Workloads.Annotations(w).Text("dapr.io/sidecar-seccomp-profile-type")));
    }

    [Fact]
    public void Names_are_asked_for_at_the_cluster_and_at_the_nodes_own_cache()
    {
        var dns = Base.Single(r => r.Kind() == "NetworkPolicy" && r.Name() == "dns");
        var rule = Assert.Single(dns.Items("spec", "egress"));
        Assert.Equal(["53 TCP", "53 UDP"], rule.Items("ports").Select(p => $"{p.Text("port")} {p.Text("protocol")}").Order());
        Assert.Equal("kube-system", rule.Text("to", 0, "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name"));
        Assert.Equal("169.254.20.10/32", rule.Text("to", 1, "ipBlock", "cidr"));
        // No other policy opens that port, so there is one place to change.
        Assert.All(Base.Where(r => r.Kind() == "NetworkPolicy" && r.Name() != "dns"), r => Assert.DoesNotContain("\"53\"", r.ToJsonString()));
    }

    [Fact]
    public void Stores_are_out_of_reach_until_an_overlay_says_where_they_are()
    {
        var stores = Base.Single(r => r.Kind() == "NetworkPolicy" && r.Name() == "stores");
        Assert.Equal(["Egress"], stores.Texts("spec", "policyTypes"));
        Assert.Empty(stores.Items("spec", "egress"));
    }

    [Fact]
    public void Usage_events_outlive_their_pod()
    {
        var ingress = Workloads.Of(Base).Single(w => w.Name() == AppIds.Ingress);
        var container = Workloads.Pod(ingress).Items("containers").Single();
        var outbox = Workloads.Variable(container, "GATEWAY_OUTBOX")!.Text("value")!;
        var mount = container.Items("volumeMounts").Single(m => outbox.StartsWith(m.Text("mountPath")! + "/", StringComparison.Ordinal));
        Assert.Contains(ingress.Items("spec", "volumeClaimTemplates"), c => c.Text("metadata", "name") == mount.Text("name"));
        Assert.Equal("Retain", ingress.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"));
    }

    [Fact]
    public void Who_may_call_whom_is_what_the_services_call()
    {
        var expected = new Dictionary<string, string[]>
        {
            [AppIds.Ingress] =
            [
                $"console GET,POST,PATCH,DELETE {InternalRoutes.Admin}/**", "console POST /v1/messages", "console POST /oauth/token",
                "console POST /oauth/revoke",
            ],
            [AppIds.Console] =
            [
                $"ingress GET,POST {InternalRoutes.Console}", $"ingress GET,POST {InternalRoutes.Console}/**",
                $"ingress POST {InternalRoutes.ConsoleSessions}",
            ],
            [AppIds.Translator] =
            [
                $"ingress GET {HealthEndpoints.Live}", $"ingress POST {InternalRoutes.Messages}", $"ingress POST {InternalRoutes.CountTokens}",
                $"ingress POST {InternalRoutes.Explain}",
            ],
            [AppIds.ProviderAdapter] =
            [
                $"ingress GET {HealthEndpoints.Live}", $"ingress POST {InternalRoutes.Call}", $"ingress GET {InternalRoutes.Providers}",
                $"translator POST {InternalRoutes.Call}",
                $"translator POST {InternalRoutes.Search}", $"translator POST {InternalRoutes.Fetch}",
            ],
            [AppIds.Billing] =
            [
                $"ingress GET {HealthEndpoints.Ready}", $"ingress GET,POST,PATCH,DELETE {InternalRoutes.Admin}/**", $"ingress GET {InternalRoutes.Keys}/**",
                $"ingress POST {InternalRoutes.Catalog}", $"ingress GET {InternalRoutes.AdminDocument}",
            ],
        };
        var configurations = Base.Where(r => r.Kind() == "Configuration").ToDictionary(r => r.Name());
        Assert.Equal(expected.Keys.Order(), configurations.Keys.Order());
        foreach (var (app, calls) in expected)
        {
            var control = configurations[app].At("spec", "accessControl")!;
            Assert.Equal("deny", control.Text("defaultAction"));
            Assert.Equal(calls, control.Items("policies").SelectMany(p =>
                p.Items("operations").Select(o => $"{p.Text("appId")} {string.Join(',', o.Texts("httpVerb"))} {o.Text("name")}")));
            Assert.All(control.Items("policies"), policy =>
            {
                Assert.Equal("deny", policy.Text("defaultAction"));
                Assert.Equal(control.Text("trustDomain"), policy.Text("trustDomain"));
                Assert.Equal("llm-gateway", policy.Text("namespace"));
                Assert.All(policy.Items("operations"), o => Assert.Equal("allow", o.Text("action")));
            });
        }

        Assert.Equal("llm-gateway", YamlFiles.Read("k8s", "base", "kustomization.yaml")[0].Text("namespace"));
    }

    [Fact]
    public void The_network_lets_the_same_calls_through_and_nothing_else()
    {
        // Sidecars reach each other on 50002; actors of billing may live on another replica.
        var expected = new Dictionary<string, string[]>
        {
            [AppIds.Translator] = [AppIds.Ingress],
            [AppIds.ProviderAdapter] = [AppIds.Ingress, AppIds.Translator],
            [AppIds.Billing] = [AppIds.Billing, AppIds.Ingress, AppIds.ProviderAdapter],
            [AppIds.Console] = [AppIds.Ingress],
            [AppIds.Ingress] = [AppIds.Console],
        };
        var policies = Base.Where(r => r.Kind() == "NetworkPolicy").ToDictionary(r => r.Name());
        foreach (var (app, callers) in expected)
        {
            Assert.Equal(callers, Peers(policies[app], "ingress", "from").Order());
            foreach (var caller in callers)
                Assert.Contains(app, Peers(policies[caller], "egress", "to"));
        }

        Assert.Equal(["Ingress", "Egress"], policies["default"].Texts("spec", "policyTypes"));
        Assert.Empty(policies["default"].At("spec", "podSelector")!.AsObject());
        Assert.Null(policies["default"].At("spec", "ingress"));
        Assert.Null(policies["default"].At("spec", "egress"));
        Assert.Contains("dapr-system", policies["sidecars"].ToJsonString());
        var internet = Base.Where(r => r.Kind() == "NetworkPolicy" && r.ToJsonString().Contains("0.0.0.0/0", StringComparison.Ordinal)).ToList();
        Assert.Equal([AppIds.ProviderAdapter], internet.Select(r => r.Name()));
        Assert.Contains("169.254.0.0/16", internet[0].ToJsonString());

        static IReadOnlyList<string> Peers(JsonObject policy, string direction, string side) =>
            [.. policy.Items("spec", direction).Where(r => r.Items("ports").Any(p => p.Text("port") == "50002"))
                .SelectMany(r => r.Items(side)).Select(p => p.Text("podSelector", "matchLabels", "app.kubernetes.io/name")!)];
    }

    [Theory]
    [InlineData("base")]
    [InlineData("overlays/production")]
    public void A_shipped_catalog_is_valid_and_agrees_with_the_default(string folder)
    {
        var catalog = ModelCatalog.Parse(File.ReadAllBytes(RepositoryFiles.Path("k8s", folder, "catalog.json")), folder);
        var standard = CatalogSource.Default();
        Assert.NotEmpty(catalog.Models);
        // It has fewer providers, and so fewer routes.
        Assert.All(catalog.Models, model => Assert.Equal(
            Written(WithProvidersOf(catalog, standard.Models.Single(m => m.Id == model.Id))), Written(model)));
        Assert.All(catalog.File.Providers, p =>
        {
            var known = standard.FindProvider(p.Key)!;
            Assert.Equal(known with { App = p.Value.App }, p.Value with { Quirks = known.Quirks, Timeouts = known.Timeouts });
        });

        static ModelEntry WithProvidersOf(ModelCatalog catalog, ModelEntry model) =>
            model with { Routes = [.. model.Routes.Where(r => catalog.FindProvider(r.Provider) is not null)] };

        static string Written(ModelEntry model) =>
            Encoding.UTF8.GetString(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(model, CatalogJson.Default.ModelEntry));
    }

    [Fact]
    public void One_command_makes_the_image_of_every_service_under_the_name_the_manifests_ask_for()
    {
        var projects = XDocument.Load(RepositoryFiles.Path("k8s", "images.proj")).Descendants("Service")
            .Select(s => Path.GetFullPath(s.Attribute("Include")!.Value, RepositoryFiles.Path("k8s"))).ToList();
        var images = projects.Select(p => "llm-gateway/" + XDocument.Load(p).Descendants("ImageName").Single().Value).Order();
        Assert.Equal(AppIds.All.Select(app => $"llm-gateway/{app}").Order(), images);
        Assert.Equal(images, Workloads.Of(Base).Select(w => Workloads.Pod(w).Items("containers").Single().Text("image")!).Order());
        var user = XDocument.Load(RepositoryFiles.Path("Directory.Build.targets")).Descendants("ContainerUser").Single().Value;
        Assert.All(Workloads.Of(Base), w => Assert.Equal(user, Workloads.Pod(w).Text("securityContext", "runAsUser")));
    }

    [Fact]
    public void Every_manifest_is_part_of_a_kustomization()
    {
        foreach (var (file, _) in All)
        {
            var folder = Path.GetDirectoryName(RepositoryFiles.Path(file))!;
            var kustomization = YamlFiles.Read(Path.GetRelativePath(RepositoryFiles.Root, Path.Combine(folder, "kustomization.yaml")))[0];
            Assert.Contains(Path.GetFileName(file), kustomization.Texts("resources"));
        }
    }

    [Fact]
    public void The_readme_names_every_secret_that_is_needed()
    {
        var readme = File.ReadAllText(RepositoryFiles.Path("k8s", "README.md"));
        var local = YamlFiles.Read("k8s", "overlays", "local", "kustomization.yaml")[0].Items("secretGenerator").Select(s => s.Text("name")!).ToHashSet();
        var needed = Workloads.Of(Base).SelectMany(w => Names(w)).Concat(Base.Where(DaprFields.IsDapr).SelectMany(Names)).Distinct().ToList();
        Assert.True(needed.Count >= 5);
        Assert.All(needed, secret =>
        {
            Assert.Contains(secret, local);
            Assert.Contains(secret, readme);
        });

        static IEnumerable<string> Names(JsonNode node) => node switch
        {
            JsonObject map => map.SelectMany(p => p.Value is null ? [] : (p.Key, p.Value) switch
            {
                ("secretKeyRef", JsonObject reference) => [reference.Text("name")!],
                ("secretName", JsonValue name) when map.Text("optional") != "true" => [name.GetValue<string>()],
                ("dapr.io/app-token-secret" or "dapr.io/api-token-secret", JsonValue name) => [name.GetValue<string>()],
                _ => Names(p.Value),
            }),
            JsonArray list => list.SelectMany(n => n is null ? [] : Names(n)),
            _ => [],
        };
    }
}
