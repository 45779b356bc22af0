using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;

namespace Gateway.Tests.Deployment;

/// <summary>Dapr's resources for self-hosted runs (<c>components/</c>) and in the cluster (<c>k8s/base/dapr/</c>): the same rules for both.</summary>
public class DaprResourceTests
{
    private static readonly HashSet<string> TopicNames =
        [.. typeof(Topics).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];

    private static readonly string[] Components =
        [ComponentNames.ActorStore, ComponentNames.KeyStore, ComponentNames.ConsoleStore, ComponentNames.PubSub, ComponentNames.SecretStore];

    public static TheoryData<string> Folders => ["components", "k8s/base/dapr"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_field_is_one_that_dapr_has(string folder) =>
        Assert.All(Read(folder), r => Assert.Empty(DaprFields.Mistakes(r).Select(m => $"{r.Kind()}/{r.Name()}: {m}")));

    [Theory]
    [MemberData(nameof(Folders))]
    public void There_is_one_resource_a_file_and_every_name_is_the_codes(string folder)
    {
        var files = YamlFiles.ReadFolder(folder.Split('/'));
        Assert.Equal(files.Count, files.Select(f => f.File).Distinct().Count());
        var resources = Read(folder);
        Assert.Equal(Components.Order(), resources.Where(r => r.Kind() == "Component").Select(r => r.Name()).Order());
        Assert.All(resources.Where(r => r.Kind() == "Subscription"), s =>
        {
            Assert.Equal(ComponentNames.PubSub, s.Text("spec", "pubsubname"));
            Assert.Contains(s.Text("spec", "topic")!, TopicNames);
        });
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_component_is_open_only_to_the_services_that_use_it(string folder)
    {
        var scopes = Read(folder).Where(r => r.Kind() == "Component").ToDictionary(r => r.Name(), r => r.Texts("scopes").Order().ToArray());
        Assert.Equal([AppIds.Billing], scopes[ComponentNames.ActorStore]);
        Assert.Equal([AppIds.Billing, AppIds.Ingress], scopes[ComponentNames.KeyStore]);
        Assert.Equal([AppIds.Billing, AppIds.Console, AppIds.Ingress], scopes[ComponentNames.PubSub]);
        Assert.Equal([AppIds.Console], scopes[ComponentNames.ConsoleStore]);
        Assert.NotEmpty(scopes[ComponentNames.SecretStore]);
        Assert.All(scopes.Values.SelectMany(s => s), scope => Assert.Contains(scope, AppIds.All));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Key_records_are_shared_under_the_stores_name_and_actors_have_a_store_of_their_own(string folder)
    {
        var resources = Read(folder).Where(r => r.Kind() == "Component").ToDictionary(r => r.Name());
        Assert.Equal("name", Metadata(resources[ComponentNames.KeyStore], "keyPrefix"));
        Assert.Equal("true", Metadata(resources[ComponentNames.ActorStore], "actorStateStore"));
        Assert.Null(Metadata(resources[ComponentNames.KeyStore], "actorStateStore"));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_usage_event_that_billing_cannot_take_is_tried_again_and_then_kept(string folder)
    {
        var resources = Read(folder);
        var usage = resources.Single(r => r.Kind() == "Subscription" && r.Text("spec", "topic") == Topics.Usage && r.Texts("scopes").Contains(AppIds.Billing));
        Assert.Equal(InternalRoutes.UsageEvents, usage.Text("spec", "routes", "default"));
        Assert.Equal(Topics.UsageDeadLetter, usage.Text("spec", "deadLetterTopic"));
        Assert.Equal([AppIds.Billing], usage.Texts("scopes"));
        var dead = resources.Single(r => r.Kind() == "Subscription" && r.Text("spec", "topic") == Topics.UsageDeadLetter);
        Assert.Equal(InternalRoutes.UsageDeadLetters, dead.Text("spec", "routes", "default"));
        // A letter that cannot be kept while the store is away comes again: without a topic to go to it would be acknowledged and lost.
        Assert.Equal(Topics.UsageDeadLetter, dead.Text("spec", "deadLetterTopic"));
        var resiliency = resources.Single(r => r.Kind() == "Resiliency");
        var retry = resiliency.Text("spec", "targets", "components", ComponentNames.PubSub, "inbound", "retry");
        Assert.NotNull(retry);
        Assert.NotNull(resiliency.At("spec", "policies", "retries", retry));
        Assert.Contains(AppIds.Billing, resiliency.Texts("scopes"));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void The_console_gets_every_topic_that_other_systems_may_subscribe_to(string folder)
    {
        var console = Read(folder).Where(r => r.Kind() == "Subscription" && r.Texts("scopes").Contains(AppIds.Console)).ToList();
        Assert.Equal(TopicNames.Except([Topics.UsageDeadLetter]).Order(), console.Select(s => s.Text("spec", "topic")!).Order());
        Assert.All(console, s => Assert.Equal($"{InternalRoutes.ConsoleEvents}/{s.Text("spec", "topic")}", s.Text("spec", "routes", "default")));
    }

    /// <summary>
    /// What daprd puts in place of bulk delivery (1.17.13) waits for the retries of one event, and never comes back from an app that was away.
    /// </summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void One_event_that_cannot_be_taken_holds_up_no_other(string folder)
    {
        var resources = Read(folder);
        Assert.All(resources.Where(r => r.Kind() == "Subscription"), s => Assert.Null(s.At("spec", "bulkSubscribe")));
        var broker = resources.Single(r => r.Kind() == "Component" && r.Name() == ComponentNames.PubSub);
        Assert.InRange(Number(broker, "concurrency"), 64, 256);
        Assert.InRange(Number(broker, "queueDepth"), Number(broker, "concurrency"), 1024);
        Assert.Equal("168h", Metadata(broker, "streamTTL"));

        // Retried longer than this, an event would be brought a second time while the first is still being tried.
        var policy = resources.Single(r => r.Kind() == "Resiliency").At("spec", "policies", "retries", "usageInbound")!;
        Assert.Equal("constant", policy.Text("policy"));
        var tried = Seconds(policy.Text("duration")!) * int.Parse(policy.Text("maxRetries")!, CultureInfo.InvariantCulture);
        Assert.InRange(tried, 30, Seconds(Metadata(broker, "processingTimeout")!) - 15);

        static int Number(JsonObject component, string name) => int.Parse(Metadata(component, name)!, CultureInfo.InvariantCulture);
        static int Seconds(string text) => int.Parse(text.TrimEnd('s'), CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Nothing_is_traced_until_it_is_asked_for() =>
        Assert.All([.. YamlFiles.ReadFolder("components"), .. YamlFiles.ReadFolder("k8s", "base", "dapr")], f =>
        {
            if (f.Resource.Kind() == "Configuration")
                Assert.Equal("0", f.Resource.Text("spec", "tracing", "samplingRate"));
        });

    [Theory]
    [MemberData(nameof(Folders))]
    public void No_policy_can_pay_for_a_generation_twice_or_cut_a_stream(string folder) =>
        Assert.All(Read(folder).Where(r => r.Kind() == "Resiliency"), r =>
        {
            Assert.Null(r.At("spec", "targets", "apps"));
            Assert.Null(r.At("spec", "policies", "timeouts"));
            // Names of these forms would replace Dapr's own defaults for every target.
            var retries = (r.At("spec", "policies", "retries") as JsonObject ?? []).Select(p => p.Key);
            Assert.DoesNotContain(retries, name =>
                name.StartsWith("Default", StringComparison.OrdinalIgnoreCase) || name.StartsWith("DaprBuiltIn", StringComparison.OrdinalIgnoreCase));
        });

    [Fact]
    public void The_cluster_has_the_same_subscriptions_and_retries_as_the_laptop()
    {
        string[] shared = ["Subscription", "Resiliency"];
        IEnumerable<string> Shared(string folder) =>
            Read(folder).Where(r => shared.Contains(r.Kind())).OrderBy(r => r.Kind() + r.Name()).Select(r => r.ToJsonString());
        Assert.Equal(Shared("components"), Shared("k8s/base/dapr"));
    }

    private static string? Metadata(JsonObject component, string name) =>
        component.Items("spec", "metadata").SingleOrDefault(m => m.Text("name") == name)?.Text("value");

    private static IReadOnlyList<JsonObject> Read(string folder) => [.. YamlFiles.ReadFolder(folder.Split('/')).Select(f => f.Resource)];
}
