using System.Reflection;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;

namespace Gateway.Tests.Deployment;

/// <summary>Dapr's resources for self-hosted runs (<c>components/</c>) and in the cluster (<c>k8s/base/dapr/</c>): the same rules for both.</summary>
public class DaprResourceTests
{
    private static readonly HashSet<string> TopicNames =
        [.. typeof(Topics).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];

    private static readonly string[] Components = [ComponentNames.ActorStore, ComponentNames.KeyStore, ComponentNames.PubSub, ComponentNames.SecretStore];

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
        Assert.Equal([AppIds.Billing, AppIds.Ingress], scopes[ComponentNames.PubSub]);
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

        static string? Metadata(JsonObject component, string name) =>
            component.Items("spec", "metadata").SingleOrDefault(m => m.Text("name") == name)?.Text("value");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_usage_event_that_billing_cannot_take_is_tried_again_and_then_kept(string folder)
    {
        var resources = Read(folder);
        var usage = resources.Single(r => r.Kind() == "Subscription" && r.Text("spec", "topic") == Topics.Usage);
        Assert.Equal(InternalRoutes.UsageEvents, usage.Text("spec", "routes", "default"));
        Assert.Equal(Topics.UsageDeadLetter, usage.Text("spec", "deadLetterTopic"));
        Assert.Equal([AppIds.Billing], usage.Texts("scopes"));
        var dead = resources.Single(r => r.Kind() == "Subscription" && r.Text("spec", "topic") == Topics.UsageDeadLetter);
        Assert.Equal(InternalRoutes.UsageDeadLetters, dead.Text("spec", "routes", "default"));
        var resiliency = resources.Single(r => r.Kind() == "Resiliency");
        var retry = resiliency.Text("spec", "targets", "components", ComponentNames.PubSub, "inbound", "retry");
        Assert.NotNull(retry);
        Assert.NotNull(resiliency.At("spec", "policies", "retries", retry));
        Assert.Contains(AppIds.Billing, resiliency.Texts("scopes"));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void No_policy_can_pay_for_a_generation_twice_or_cut_a_stream(string folder) =>
        Assert.All(Read(folder).Where(r => r.Kind() == "Resiliency"), r =>
        {
            Assert.Null(r.At("spec", "targets", "apps"));
            Assert.Null(r.At("spec", "policies", "timeouts"));
            // Names of these forms would replace Dapr's own defaults for every target.
            Assert.DoesNotContain(
                (r.At("spec", "policies", "retries") as JsonObject ?? []).Select(p => p.Key),
                name => name.StartsWith("Default", StringComparison.OrdinalIgnoreCase) || name.StartsWith("DaprBuiltIn", StringComparison.OrdinalIgnoreCase));
        });

    [Fact]
    public void The_cluster_has_the_same_subscriptions_and_retries_as_the_laptop()
    {
        string[] shared = ["Subscription", "Resiliency"];
        IEnumerable<string> Shared(string folder) =>
            Read(folder).Where(r => shared.Contains(r.Kind())).OrderBy(r => r.Kind() + r.Name()).Select(r => r.ToJsonString());
        Assert.Equal(Shared("components"), Shared("k8s/base/dapr"));
    }

    private static IReadOnlyList<JsonObject> Read(string folder) => [.. YamlFiles.ReadFolder(folder.Split('/')).Select(f => f.Resource)];
}
