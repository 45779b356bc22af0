using Gateway.Contracts.Names;
using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Tests.Conformance;

/// <summary>The components folder: what is in the repository, and what is wrong with a broken one.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class ResourceTests
{
    private const string Component = "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: c}\nspec: {type: state.sqlite, version: v1}\n";

    [Fact]
    public void Components_are_exactly_those_the_code_names()
    {
        var resources = ResourceLoader.Load(RepositoryFiles.Path("components"));
        Assert.Equal(
            new[] { ComponentNames.ActorStore, ComponentNames.KeyStore, ComponentNames.ConsoleStore, ComponentNames.PubSub, ComponentNames.SecretStore }
                .Order(StringComparer.Ordinal),
            resources.Components.Select(c => c.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_component_is_scoped_to_the_apps_that_use_it()
    {
        var resources = ResourceLoader.Load(RepositoryFiles.Path("components"));
        var scopes = resources.Components.ToDictionary(c => c.Name, c => c.Scopes.Order(StringComparer.Ordinal).ToArray());
        Assert.Equal([AppIds.Billing, AppIds.Ingress], scopes[ComponentNames.KeyStore]);
        Assert.Equal([AppIds.Billing], scopes[ComponentNames.ActorStore]);
        Assert.Equal([AppIds.Billing, AppIds.Console, AppIds.Ingress], scopes[ComponentNames.PubSub]);
        Assert.Equal(AppIds.Needed.Order(StringComparer.Ordinal), scopes[ComponentNames.SecretStore]);
    }

    [Fact]
    public void Key_store_is_shared_by_name_and_the_actor_store_is_marked()
    {
        var resources = ResourceLoader.Load(RepositoryFiles.Path("components"));
        Assert.Equal("name", resources.State(AppIds.Ingress, ComponentNames.KeyStore)!.Metadata["keyPrefix"]);
        Assert.Equal(ComponentNames.ActorStore, resources.ActorState(AppIds.Billing)!.Name);
    }

    [Fact]
    public void Usage_events_are_retried_inbound_and_nothing_else_is()
    {
        var resources = ResourceLoader.Load(RepositoryFiles.Path("components"));
        var retry = resources.InboundRetry(AppIds.Billing, ComponentNames.PubSub);
        Assert.NotNull(retry);
        Assert.False(retry.Exponential);
        // Longer than a store or a release is away, and shorter than the broker's own patience, after which it brings a copy.
        var tried = Enumerable.Range(1, retry.MaxRetries).Aggregate(TimeSpan.Zero, (sum, n) => sum + retry.NextWait(n)!.Value);
        Assert.InRange(tried, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(45));
        Assert.Null(retry.NextWait(retry.MaxRetries + 1));
        Assert.DoesNotContain("apps:", File.ReadAllText(RepositoryFiles.Path("components", "resiliency.yaml")));
        Assert.DoesNotContain("timeouts:", File.ReadAllText(RepositoryFiles.Path("components", "resiliency.yaml")));
    }

    [Fact]
    public void Subscriptions_are_those_of_billing_to_usage_and_its_dead_letters()
    {
        var resources = ResourceLoader.Load(RepositoryFiles.Path("components"));
        var subscriptions = resources.SubscriptionsOf(AppIds.Billing).Select(s => s.Subscription).ToDictionary(s => s.Topic);
        Assert.Equal(new[] { Topics.Usage, Topics.UsageDeadLetter }.Order(StringComparer.Ordinal), subscriptions.Keys.Order(StringComparer.Ordinal));
        Assert.All(subscriptions.Values, s => Assert.Equal(ComponentNames.PubSub, s.PubSub));
        Assert.Equal(InternalRoutes.UsageEvents, subscriptions[Topics.Usage].DefaultPath);
        Assert.Equal(Topics.UsageDeadLetter, subscriptions[Topics.Usage].DeadLetterTopic);
        Assert.All(subscriptions.Values, s => Assert.Null(s.MaxBulk));
        foreach (var other in AppIds.Needed.Except([AppIds.Billing]))
            Assert.Empty(resources.SubscriptionsOf(other));
    }

    [Fact]
    public void Every_file_holds_one_resource()
    {
        foreach (var file in Directory.EnumerateFiles(RepositoryFiles.Path("components"), "*.yaml"))
            Assert.Single(File.ReadAllLines(file), l => l.StartsWith("kind:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("spec: [", "not readable as YAML")]
    [InlineData("- a", "a resource must be a mapping")]
    [InlineData("kind: Component\nmetadata: {name: c}\nspec: {type: state.sqlite}\n", "'apiVersion' is missing")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {}\nspec: {type: state.sqlite}\n", "'name' is missing")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: c}\nspec: {type: state.nosuch}\n", "type 'state.nosuch' is not known")]
    [InlineData("apiVersion: dapr.io/v1alpha1\nkind: Widget\nmetadata: {name: c}\nspec: {}\n", "kind 'Widget' is not known")]
    [InlineData(Component + "---\n" + Component, "component 'c' is defined twice")]
    [InlineData("apiVersion: dapr.io/v2alpha1\nkind: Subscription\nmetadata: {name: s}\nspec: {pubsubname: p, topic: t}\n", "'route' is missing")]
    [
        InlineData(
            "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {targets: {components: {p: {inbound: {retry: none}}}}}\n",
            "retry policy 'none' is not defined")]
    [
        InlineData(
            "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {policies: {retries: {x: {duration: soon}}}}\n",
            "'duration' must be a duration")]
    [InlineData(
        "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {targets: {apps: {b: {retry: x}}}}\n", "'targets.apps' is not supported")]
    public void Broken_file_is_one_line_that_names_it_and_the_reason(string yaml, string reason)
    {
        var directory = Directory.CreateTempSubdirectory("components-");
        var file = Path.Combine(directory.FullName, "broken.yaml");
        File.WriteAllText(file, yaml);
        var error = Assert.Throws<SidecarStartException>(() => ResourceLoader.Load(directory.FullName));
        Assert.StartsWith(file + ": ", error.Message);
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        directory.Delete(recursive: true);
    }

    [Fact]
    public void Missing_folder_is_named() =>
        Assert.Contains("/no/such/folder", Assert.Throws<SidecarStartException>(() => ResourceLoader.Load("/no/such/folder")).Message);

    [Theory]
    [InlineData("1s", 1000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("0h0m1s250ms", 1250)]
    [InlineData("1.5s", 1500)]
    [InlineData("PT1S", 1000)]
    [InlineData("P1DT1H", 90_000_000)]
    [InlineData("0", 0)]
    public void Durations_are_read_as_dapr_reads_them(string text, long milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("1x")]
    [InlineData("soon")]
    [InlineData("P")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData("R3/PT1S", 1, 3)]
    [InlineData("@every 2s", 2, null)]
    [InlineData("0h0m5s0ms", 5, null)]
    public void Periods_may_count(string text, int seconds, int? repeats)
    {
        Assert.True(GoDuration.TryParsePeriod(text, out var period, out var times));
        Assert.Equal(TimeSpan.FromSeconds(seconds), period);
        Assert.Equal(repeats, times);
    }

    [Theory]
    [InlineData(2000, "2s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(3_600_000, "1h0m0s")]
    [InlineData(500, "500ms")]
    [InlineData(1500, "1.5s")]
    [InlineData(0, "0s")]
    public void Durations_are_written_as_go_writes_them(long milliseconds, string text) =>
        Assert.Equal(text, GoDuration.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Retry_policies_wait_as_they_say()
    {
        var constant = new RetryPolicy(false, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 2);
        Assert.Equal(TimeSpan.FromSeconds(1), constant.NextWait(1));
        Assert.Equal(TimeSpan.FromSeconds(1), constant.NextWait(2));
        Assert.Null(constant.NextWait(3));
        var exponential = new RetryPolicy(true, TimeSpan.Zero, TimeSpan.FromSeconds(1), -1);
        Assert.Equal(TimeSpan.FromSeconds(0.5), exponential.NextWait(1));
        Assert.Equal(TimeSpan.FromSeconds(0.75), exponential.NextWait(2));
        Assert.Equal(TimeSpan.FromSeconds(1), exponential.NextWait(100));
    }
}
