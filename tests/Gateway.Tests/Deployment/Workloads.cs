using System.Globalization;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Tests.Deployment;

/// <summary>The rules for everything that runs in a cluster; used on the files as they are and on what kustomize makes of them.</summary>
internal static class Workloads
{
    /// <summary>Seconds: <c>--max-graceful-termination-sec</c> of the cluster autoscaler, unless somebody raises it.</summary>
    private const int AutoscalerPatience = 600;

    public static readonly string[] HealthPaths = [HealthEndpoints.Live, HealthEndpoints.Ready];

    public static IReadOnlyList<JsonObject> Of(IEnumerable<JsonObject> resources) =>
        [.. resources.Where(r => r.Kind() is "Deployment" or "StatefulSet" or "DaemonSet" or "Job" or "CronJob")];

    public static JsonObject Pod(JsonObject workload) => workload.At("spec", "template", "spec")!.AsObject();

    public static JsonObject Annotations(JsonObject workload) => workload.At("spec", "template", "metadata", "annotations") as JsonObject ?? [];

    public static bool IsDaprApp(JsonObject workload) => Annotations(workload).Text("dapr.io/enabled") == "true";

    public static string AppId(JsonObject workload) => Annotations(workload).Text("dapr.io/app-id") ?? "";

    public static void AssertLocked(JsonObject workload)
    {
        var name = workload.Name();
        var pod = Pod(workload);
        Assert.True(pod.Text("securityContext", "runAsNonRoot") == "true", $"{name}: runAsNonRoot");
        var hasUser = int.TryParse(pod.Text("securityContext", "runAsUser"), NumberStyles.None, CultureInfo.InvariantCulture, out var user);
        Assert.True(hasUser && user > 0, $"{name}: runAsUser");
        Assert.True(pod.Text("securityContext", "seccompProfile", "type") == "RuntimeDefault", $"{name}: seccompProfile");
        Assert.True(pod.Text("automountServiceAccountToken") == "false", $"{name}: automountServiceAccountToken");
        foreach (var forbidden in new[] { "hostNetwork", "hostPID", "hostIPC" })
            Assert.True(pod[forbidden] is null, $"{name}: {forbidden}");
        Assert.DoesNotContain(pod.Items("volumes"), v => v.At("hostPath") is not null);
        Assert.NotEmpty(pod.Items("containers"));
        foreach (var container in pod.Items("containers").Concat(pod.Items("initContainers")))
        {
            var at = $"{name}/{container.Text("name")}";
            Assert.True(container.Text("securityContext", "allowPrivilegeEscalation") == "false", $"{at}: allowPrivilegeEscalation");
            Assert.True(container.Text("securityContext", "readOnlyRootFilesystem") == "true", $"{at}: readOnlyRootFilesystem");
            Assert.Equal(["ALL"], container.Texts("securityContext", "capabilities", "drop"));
            Assert.True(container.At("securityContext", "capabilities", "add") is null, $"{at}: capabilities");
            Assert.True(container.At("securityContext", "privileged") is null, $"{at}: privileged");
            foreach (var (part, amount) in new[] { ("requests", "cpu"), ("requests", "memory"), ("limits", "memory") })
                Assert.True(container.Text("resources", part, amount) is { Length: > 0 }, $"{at}: resources.{part}.{amount}");
            Assert.True(container.At("readinessProbe") is not null && container.At("livenessProbe") is not null, $"{at}: probes");
        }
    }

    public static void AssertDaprApp(JsonObject workload, IReadOnlyCollection<string> configurations)
    {
        var name = workload.Name();
        var annotations = Annotations(workload);
        Assert.Empty(DaprFields.AnnotationMistakes(annotations));
        var container = Pod(workload).Items("containers").Single();
        Assert.Equal(container.Items("ports").Single().Text("containerPort"), annotations.Text("dapr.io/app-port"));
        Assert.Equal("40Mi", annotations.Text("dapr.io/max-body-size"));
        Assert.Equal(40L * 1024 * 1024, ServiceHost.MaxBodyBytes);
        Assert.Equal("64Ki", annotations.Text("dapr.io/read-buffer-size"));
        Assert.Equal("true", annotations.Text("dapr.io/enable-app-health-check"));
        Assert.Equal(HealthEndpoints.Live, annotations.Text("dapr.io/app-health-check-path"));
        Assert.Contains(annotations.Text("dapr.io/config"), configurations);
        foreach (var (annotation, variable) in new[] { ("dapr.io/app-token-secret", "APP_API_TOKEN"), ("dapr.io/api-token-secret", "DAPR_API_TOKEN") })
        {
            var reference = Variable(container, variable)?.At("valueFrom", "secretKeyRef");
            Assert.True(reference?.Text("name") == annotations.Text(annotation) && reference?.Text("key") == "token", $"{name}: {variable}");
        }

        Assert.Equal(HealthEndpoints.Live, container.Text("livenessProbe", "httpGet", "path"));
        Assert.Equal(HealthEndpoints.Ready, container.Text("readinessProbe", "httpGet", "path"));

        // First the endpoints forget the pod, then the service ends its streams, and the sidecar outlives it.
        var grace = Seconds(Pod(workload).Text("terminationGracePeriodSeconds"));
        var pause = Seconds(container.Text("lifecycle", "preStop", "sleep", "seconds"));
        var drain = Seconds(Variable(container, "GATEWAY_SHUTDOWN_SECONDS")?.Text("value"));
        var sidecar = Seconds(annotations.Text("dapr.io/block-shutdown-duration")?.TrimEnd('s'));
        Assert.True(pause >= 5 && drain > 0 && pause + drain < sidecar && sidecar < grace, $"{name}: {pause} + {drain} < {sidecar} < {grace}");
        Assert.Equal(sidecar, Seconds(annotations.Text("dapr.io/graceful-shutdown-seconds")));
        Assert.True(grace <= AutoscalerPatience, $"{name}: a node that is taken away ends its pods after {AutoscalerPatience} s");

        // The sidecar works as hard as the service; its collector knows where its memory ends.
        Assert.Equal(container.Text("resources", "requests", "cpu"), annotations.Text("dapr.io/sidecar-cpu-request"));
        var variables = (annotations.Text("dapr.io/env") ?? "").Split(',').ToDictionary(v => v.Split('=')[0], v => v.Split('=')[1]);
        Assert.InRange(MegaBytes(variables.GetValueOrDefault("GOMEMLIMIT")), 64, MegaBytes(annotations.Text("dapr.io/sidecar-memory-limit")) * 95 / 100);

        // What the sidecar is told to mount or to read is there.
        var volumes = Pod(workload).Items("volumes").Select(v => v.Text("name")).ToHashSet();
        var mounts = (annotations.Text("dapr.io/volume-mounts") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(m => m.Split(':')).ToList();
        Assert.All(mounts, m => Assert.Contains(m[0], volumes));
        if (variables.TryGetValue("SSL_CERT_FILE", out var ca))
            Assert.Contains(mounts, m => ca.StartsWith(m[1] + "/", StringComparison.Ordinal));
        // The injector would take the sidecar's read-only root and its user away with this one.
        Assert.DoesNotContain("SSL_CERT_DIR", variables.Keys);
    }

    public static JsonNode? Variable(JsonNode container, string name) => container.Items("env").SingleOrDefault(e => e.Text("name") == name);

    public static int Seconds(string? text) => int.Parse(text ?? "-1", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    /// <summary>Of <c>512Mi</c> as Kubernetes writes it, or <c>460MiB</c> as Go does.</summary>
    private static int MegaBytes(string? text) => Seconds(text?.Replace("MiB", "", StringComparison.Ordinal).Replace("Mi", "", StringComparison.Ordinal));

    /// <summary>App ids that may appear: the services, and the adapters that a catalog names.</summary>
    public static IReadOnlySet<string> KnownAppIds(ModelCatalog catalog) =>
        AppIds.All.Concat(catalog.File.Providers.Values.Select(p => p.App)).ToHashSet(StringComparer.Ordinal);
}
