using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;

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
        Assert.All(
            resources.Where(r => r.Kind() == "Component").SelectMany(c => c.Items("spec", "metadata")).Where(m => m.At("secretKeyRef") is not null),
            m => Assert.Contains(m.Text("secretKeyRef", "name")!, secrets));
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
        Assert.Equal(
            3,
            adapters.Select(a => Workloads.Pod(a).Items("volumes").Select(v => v.Text("secret", "secretName")).Single(s => s is not null)).Distinct().Count());
        var scopes = resources.Single(r => r.Kind() == "Component" && r.Name() == ComponentNames.SecretStore).Texts("scopes");
        Assert.All(adapters, a => Assert.Contains(Workloads.AppId(a), scopes));
    }

    [FactIfInstalled("kubectl")]
    public void The_edge_of_the_production_overlay_ends_tls_and_buffers_nothing()
    {
        var edge = Kustomize.Render("production").Single(r => r.Kind() == "Ingress");
        Assert.NotEmpty(edge.Items("spec", "tls"));
        var annotations = edge.At("metadata", "annotations")!;
        Assert.Equal("off", annotations.Text("nginx.ingress.kubernetes.io/proxy-buffering"));
        Assert.Equal("off", annotations.Text("nginx.ingress.kubernetes.io/proxy-request-buffering"));
        Assert.Equal("off", annotations.Text("nginx.ingress.kubernetes.io/proxy-next-upstream"));
        Assert.Equal(AppIds.Ingress, edge.At("spec", "rules", 0, "http", "paths", 0)!.Text("backend", "service", "name"));
    }

    private static ModelCatalog Catalog(IReadOnlyList<JsonObject> resources) =>
        ModelCatalog.Parse(
            System.Text.Encoding.UTF8.GetBytes(resources.Single(r => r.Kind() == "ConfigMap" && r.Name() == "gateway-catalog").Text("data", "catalog.json")!),
            "gateway-catalog");

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
                Assert.True(
                    container.Text("image") is { } image
                        && image.Contains(':', StringComparison.Ordinal) && !image.EndsWith(":latest", StringComparison.Ordinal),
                    $"{workload.Name()}: the image has no version");
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
