using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Ingress.Endpoints;
using Gateway.Ingress.SignIn;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>The overlays as they would be applied.</summary>
public class RenderedOverlayTests
{
    [FactIfInstalled("kubectl")]
    public void The_local_overlay_renders_with_its_stores_and_one_replica_of_everything()
    {
        var resources = Kustomize.Render("local");
        AssertSound(resources);
        Assert.Equal(AppIds.All.Order(), Workloads.Of(resources).Where(Workloads.IsDaprApp).Select(Workloads.AppId).Order());
        Assert.All(Workloads.Of(resources), w => Assert.True(w.Text("spec", "replicas") is null or "1", w.Name()));
        Assert.DoesNotContain(resources, r => r.Kind() == "HorizontalPodAutoscaler");
        Assert.Contains(Workloads.Of(resources), w => w.Name() == "redis");
        Assert.Contains(Workloads.Of(resources), w => w.Name() == "postgres");
        var secrets = resources.Where(r => r.Kind() == "Secret").Select(r => r.Name()).ToHashSet();
        var references = resources.Where(r => r.Kind() == "Component").SelectMany(c => c.Items("spec", "metadata")).Select(m => m.Text("secretKeyRef", "name"));
        Assert.All(references.OfType<string>(), name => Assert.Contains(name, secrets));
    }

    [FactIfInstalled("kubectl")]
    public void The_production_overlay_renders_with_an_adapter_for_each_provider_that_its_catalog_gives_one()
    {
        var resources = Kustomize.Render("production");
        AssertSound(resources);
        var apps = Workloads.Of(resources).Where(Workloads.IsDaprApp).ToList();
        Assert.Equal(Workloads.KnownAppIds(Catalog(resources)).Order(), apps.Select(Workloads.AppId).Order());
        Assert.Contains("provider-adapter-anthropic", apps.Select(Workloads.AppId));
        Assert.All(apps, app => Assert.Equal(2, Workloads.Pod(app).Items("topologySpreadConstraints").Count()));
        Assert.All(resources.Where(r => r.Kind() == "HorizontalPodAutoscaler"), h => Assert.Equal("3", h.Text("spec", "minReplicas")));

        // No two workloads select each other's pods.
        var selectors = apps.Select(a => a.At("spec", "selector", "matchLabels")!.ToJsonString()).ToList();
        Assert.Equal(selectors.Count, selectors.Distinct().Count());

        // A bulkhead has its own credentials, and the component that reads them is there for it.
        var adapters = apps.Where(a => Workloads.AppId(a).StartsWith(AppIds.ProviderAdapter, StringComparison.Ordinal)).ToList();
        var credentials = adapters.Select(a => Workloads.Pod(a).Items("volumes").Select(v => v.Text("secret", "secretName")).Single(s => s is not null));
        Assert.Equal(3, credentials.Distinct().Count());
        var scopes = resources.Single(r => r.Kind() == "Component" && r.Name() == ComponentNames.SecretStore).Texts("scopes");
        Assert.All(adapters, a => Assert.Contains(Workloads.AppId(a), scopes));
    }

    [FactIfInstalled("kubectl")]
    public void The_edge_ends_tls_cuts_no_stream_repeats_no_request_and_publishes_the_messages_api_alone()
    {
        var resources = Kustomize.Render("production");
        Assert.DoesNotContain(resources, r => r.Kind() == "Ingress");
        var edge = resources.Single(r => r.Kind() == "Gateway");
        Assert.NotEmpty(edge.Items("spec", "listeners").Single(l => l.Text("protocol") == "HTTPS").Items("tls", "certificateRefs"));
        var routes = resources.Where(r => r.Kind() == "HTTPRoute").ToList();
        Assert.All(routes, r => Assert.Equal(edge.Name(), Assert.Single(r.Items("spec", "parentRefs")).Text("name")));
        var rules = routes.SelectMany(r => r.Items("spec", "rules")).ToList();
        AssertStreams(Assert.Single(rules, r => r.Items("backendRefs").Any()));
        Assert.Single(rules, r => r.Text("filters", 0, "requestRedirect", "scheme") == "https");

        var published = rules.SelectMany(r => r.Items("matches")).Select(m => m.Text("path", "value")!).ToList();
        var served = ApiEndpoints.Roots.Concat(ApiEndpoints.OtherRoots.Keys).SelectMany(root => new[] { root + "/messages", root + "/models" }).ToList();
        Assert.All(served, path => Assert.Contains(published, p => IsUnder(path, p)));
        Assert.All(published, p => Assert.Contains(served, path => IsUnder(path, p)));
        Assert.DoesNotContain(published, p => IsUnder("/admin/v1", p) || Workloads.HealthPaths.Any(h => IsUnder(h, p)));

        static bool IsUnder(string path, string prefix) => path == prefix || path.StartsWith(prefix.TrimEnd('/') + "/", StringComparison.Ordinal);
    }

    [FactIfInstalled("kubectl")]
    public void Only_the_edge_reaches_the_services_and_the_solver_of_certificates()
    {
        var resources = Kustomize.Render("production");
        var policies = resources.Where(r => r.Kind() == "NetworkPolicy").ToDictionary(r => r.Name());
        string Space(string policy)
        {
            var rule = policies[policy].Items("spec", "ingress").Single(r => r.Text("ports", 0, "port") != "50002");
            var from = Assert.Single(rule.Items("from"));
            return from.Text("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")!;
        }

        Assert.Equal(Space(AppIds.Ingress), Space("acme-solver"));
        Assert.Equal("true", policies["acme-solver"].Text("spec", "podSelector", "matchLabels", "acme.cert-manager.io/http01-solver"));
        Assert.Equal("8089", policies["acme-solver"].Text("spec", "ingress", 0, "ports", 0, "port"));
    }

    [FactIfInstalled("kubectl")]
    public void Stores_are_reached_where_the_overlay_says_and_nowhere_else()
    {
        foreach (var overlay in new[] { "local", "production" })
        {
            var stores = Kustomize.Render(overlay).Single(r => r.Kind() == "NetworkPolicy" && r.Name() == "stores");
            Assert.Equal(["5432", "6379"], stores.Items("spec", "egress").SelectMany(r => r.Items("ports")).Select(p => p.Text("port")!).Order());
            Assert.All(stores.Items("spec", "egress"), rule =>
            {
                var peer = Assert.Single(rule.Items("to"));
                Assert.True(peer.Text("ipBlock", "cidr")?.EndsWith("/32", StringComparison.Ordinal) ?? peer.At("podSelector") is not null, peer.ToJsonString());
            });
        }
    }

    [FactIfInstalled("kubectl")]
    public void Every_option_renders_with_production_and_does_what_it_says()
    {
        var plain = Kustomize.Render("production");
        Assert.All(plain.Where(r => r.Kind() == "Configuration"), c => Assert.Equal("0", c.Text("spec", "tracing", "samplingRate")));
        Assert.DoesNotContain(plain, r => r.ToJsonString().Contains("/admin", StringComparison.Ordinal) && r.Kind() == "HTTPRoute");

        var options = Directory.EnumerateDirectories(RepositoryFiles.Path("k8s", "options")).Select(d => Path.GetFileName(d)).Order();
        var all = Kustomize.Render("production", options.Where(o => o != "without-console"));
        AssertSound(all);
        Assert.All(all.Where(r => r.Kind() == "Configuration"), c =>
        {
            Assert.Equal("0.1", c.Text("spec", "tracing", "samplingRate"));
            Assert.NotNull(c.Text("spec", "tracing", "otel", "endpointAddress"));
        });
        Assert.All(Workloads.Of(all).Where(Workloads.IsDaprApp), w => Assert.Equal("true", Workloads.Annotations(w).Text("dapr.io/enable-native-sidecar")));
        var admin = all.Single(r => r.Kind() == "HTTPRoute" && r.Name() == "gateway-admin");
        var rule = Assert.Single(admin.Items("spec", "rules"));
        Assert.Equal(["/admin/v1", "/console", ProviderCallback.Path], rule.Items("matches").Select(m => m.Text("path", "value")));
        AssertStreams(rule);
        var hosts = all.Where(r => r.Kind() == "HTTPRoute" && r.Name() != admin.Name()).SelectMany(r => r.Texts("spec", "hostnames"));
        Assert.DoesNotContain(Assert.Single(admin.Texts("spec", "hostnames")), hosts);
        var signIn = all.Single(r => r.Kind() == "HTTPRoute" && r.Name() == "gateway-sign-in");
        AssertStreams(Assert.Single(signIn.Items("spec", "rules")));
        var ingress = Workloads.Of(all).Single(w => w.Name() == AppIds.Ingress);
        var container = Workloads.Pod(ingress).Items("containers").Single(c => c.Text("name") == AppIds.Ingress);
        Assert.Equal("gateway-oidc", Workloads.Variable(container, "GATEWAY_OIDC_CLIENT_SECRET")!.Text("valueFrom", "secretKeyRef", "name"));
        // Two options that say the same of a variable say it once.
        var variables = container.Items("env").Select(e => e.Text("name")!).ToList();
        Assert.Equal(variables.Distinct(), variables);
        Assert.Equal($"https://{signIn.Texts("spec", "hostnames").Single()}", Workloads.Variable(container, "GATEWAY_PUBLIC_URL")!.Text("value"));
        Assert.Equal($"https://{admin.Texts("spec", "hostnames").Single()}", Workloads.Variable(container, "GATEWAY_CONSOLE_URL")!.Text("value"));
        Assert.DoesNotContain(admin.Text("spec", "parentRefs", 0, "name"), plain.Where(r => r.Kind() == "Gateway").Select(r => r.Name()));
    }

    [FactIfInstalled("kubectl")]
    public void The_console_can_be_left_out_and_leaves_nothing_behind()
    {
        foreach (var overlay in new[] { "local", "production" })
        {
            var with = Kustomize.Render(overlay).Select(Named).ToHashSet();
            var resources = Kustomize.Render(overlay, ["without-console"]);
            var without = resources.Select(Named).ToHashSet();
            Assert.Empty(without.Except(with));
            Assert.Equal(
                [
                    "Component console", "Configuration console", "Deployment console", "NetworkPolicy console", "PodDisruptionBudget console",
                    "Service console", "ServiceAccount console", "Subscription console-audit", "Subscription console-keys",
                    "Subscription console-quota", "Subscription console-usage",
                ],
                with.Except(without).Order(StringComparer.Ordinal));
            var ingress = Workloads.Pod(Workloads.Of(resources).Single(w => w.Name() == AppIds.Ingress)).Items("containers").First();
            Assert.Equal("false", Workloads.Variable(ingress, "GATEWAY_CONSOLE")!.Text("value"));
        }

        static string Named(JsonObject resource) => $"{resource.Kind()} {resource.Name()}";
    }

    /// <summary>To ingress, for as long as it takes, and once.</summary>
    private static void AssertStreams(JsonNode rule)
    {
        Assert.Equal(AppIds.Ingress, Assert.Single(rule.Items("backendRefs")).Text("name"));
        Assert.Equal(("0s", "0s"), (rule.Text("timeouts", "request"), rule.Text("timeouts", "backendRequest")));
        Assert.Null(rule.At("retry"));
    }

    private static ModelCatalog Catalog(IReadOnlyList<JsonObject> resources)
    {
        var map = resources.Single(r => r.Kind() == "ConfigMap" && r.Name() == "gateway-catalog");
        return ModelCatalog.Parse(Encoding.UTF8.GetBytes(map.Text("data", "catalog.json")!), map.Name());
    }

    private static void AssertSound(IReadOnlyList<JsonObject> resources)
    {
        var known = Workloads.KnownAppIds(Catalog(resources));
        var configurations = resources.Where(r => r.Kind() == "Configuration").Select(r => r.Name()).ToList();
        Assert.All(Workloads.Of(resources), workload =>
        {
            Workloads.AssertLocked(workload);
            if (Workloads.IsDaprApp(workload))
                Workloads.AssertDaprApp(workload, configurations);
            foreach (var container in Workloads.Pod(workload).Items("containers"))
            {
                var image = container.Text("image") ?? "";
                Assert.True(image.Contains(':', StringComparison.Ordinal) && !image.EndsWith(":latest", StringComparison.Ordinal), $"{image} has no version");
            }

            var labels = workload.At("spec", "template", "metadata", "labels")!;
            foreach (var (label, value) in workload.At("spec", "selector", "matchLabels")!.AsObject())
                Assert.Equal(value!.GetValue<string>(), labels.Text(label));
        });
        Assert.All(resources.Where(r => r.Kind() is not ("Namespace")), r => Assert.Equal("llm-gateway", r.Text("metadata", "namespace")));
        Assert.All(resources.Where(DaprFields.IsDapr), r =>
        {
            Assert.Empty(DaprFields.Mistakes(r));
            if (r.Kind() is not "Configuration")
                Assert.NotEmpty(r.Texts("scopes"));
            Assert.All(r.Texts("scopes"), scope => Assert.Contains(scope, known));
        });

        // Every budget, service and scaler finds the pods or the workload it is for.
        var templates = Workloads.Of(resources).Select(w => w.At("spec", "template", "metadata", "labels")!.AsObject()).ToList();
        Assert.All(resources.Where(r => r.Kind() is "Service" or "PodDisruptionBudget"), r =>
        {
            var selector = (r.At("spec", "selector", "matchLabels") ?? r.At("spec", "selector"))!.AsObject();
            Assert.Single(templates, labels => selector.All(s => labels.Text(s.Key) == s.Value!.GetValue<string>()));
        });
        Assert.All(resources.Where(r => r.Kind() == "HorizontalPodAutoscaler"), h =>
            Assert.Contains(resources, r => r.Kind() == h.Text("spec", "scaleTargetRef", "kind") && r.Name() == h.Text("spec", "scaleTargetRef", "name")));
    }
}
