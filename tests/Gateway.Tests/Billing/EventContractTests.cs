using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.Conformance;
using Gateway.Tests.Documents;
using Json.Schema;
using YamlDotNet.Serialization;

namespace Gateway.Tests.Billing;

public class EventContractTests
{
    private static readonly JsonNode Root =
        JsonNode.Parse(File.ReadAllText(RepositoryFiles.Path("services", "contracts", "Usage", "usage-event.schema.json")))!;

    private static readonly JsonSchema Schema = JsonSchema.FromText(Root.ToJsonString());

    internal static readonly UsageEvent Whole = BillingRig.Event(
        "req_1", "key_1", new DateTimeOffset(2026, 3, 14, 12, 0, 0, 123, TimeSpan.Zero), 0.0000001m) with
    {
        Part = "item-1",
        ParentRequestId = "req_0",
        Purpose = UsageEvent.SafeguardsPurpose,
        Source = "run-1",
        Sequence = 7,
        SequenceOf = "req_1/item-1",
        SequenceKey = "key_0",
        Accounts = ["key_1", "team:a"],
        LeaseId = "i1",
        ErrorType = "overloaded_error",
        StopReason = "end_turn",
        MessageId = "msg_1",
        UpstreamRequestId = "up_1",
        TimeToFirstTokenMs = 3.5,
        QueuedMs = 2.5,
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        XRequestId = "mine-1",
        Dropped = ["top_k"],
        User = "0af7651916cd43dd8448eb211c80319c",
        Session = "s",
        Agent = "a2",
        ParentAgent = "a1",
        RequestClass = "subagent",
        Tags = new Dictionary<string, string> { ["env"] = "prod" },
        Metadata = new Dictionary<string, string> { ["team"] = "a" },
        Usage = new TokenUsage
        {
            InputTokens = 1,
            CacheCreationInputTokens = 2,
            CacheReadInputTokens = 3,
            OutputTokens = 4,
            ThinkingTokens = 5,
            CacheWrite5mTokens = 6,
            CacheWrite1hTokens = 7,
            WebSearchRequests = 8,
            WebFetchRequests = 9,
            ServiceTier = "standard",
            Speed = "fast",
            InferenceGeo = "us",
            Estimated = true,
            Iterations = [new UsageIteration { Type = "compaction", Model = "m", Usage = new TokenUsage { InputTokens = 1 } }],
        },
        ProviderCost = 0.0000002m,
        FailedRoutes =
        [
            new FailedRoute
            {
                Provider = "p",
                UpstreamModel = "m",
                ErrorType = "overloaded_error",
                Usage = new TokenUsage { InputTokens = 1 },
                Cost = new Cost { Amount = 0.1m, Currency = "USD", Price = BillingRig.Dollars },
            },
        ],
        Cost = new Cost
        {
            Amount = 0.0000001m,
            Currency = "USD",
            Price = BillingRig.Dollars with { Source = "https://example.com", AsOf = new DateOnly(2026, 1, 1) },
            Assumed = ["cache_read"],
            AssumedCacheLifetime = true,
        },
    };

    private static JsonNode Json(UsageEvent e) => JsonNode.Parse(UsageJson.Write(e))!;

    [Fact]
    public void Every_outcome_with_and_without_cost_fits_the_schema()
    {
        foreach (var outcome in Enum.GetValues<RequestOutcome>())
        {
            Assert.Empty(SchemaCheck.Mistakes(Schema, Json(Whole with { Outcome = outcome })));
            Assert.Empty(SchemaCheck.Mistakes(Schema, Json(BillingRig.Event("r", "k", cost: null) with { Outcome = outcome, Usage = new TokenUsage() })));
        }
    }

    [Fact]
    public void The_event_that_has_everything_has_every_field_of_the_schema()
    {
        // So that a field that is added to the event is put to the proof above, too.
        foreach (var (schema, written) in new[]
                 {
                     (Root, Json(Whole)), (Root["properties"]!["usage"]!, Json(Whole)["usage"]!),
                     (Root["properties"]!["cost"]!, Json(Whole)["cost"]!),
                 })
            Assert.Equal(
                Resolve(schema)["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal),
                written.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("request_id", null)]
    [InlineData("usage", null)]
    [InlineData("stream", "\"yes\"")]
    [InlineData("outcome", "\"fine\"")]
    [InlineData("attempts", "1.5")]
    [InlineData("time", "\"yesterday\"")]
    [InlineData("cost", "{\"amount\":0.5,\"currency\":\"USD\",\"price\":{\"currency\":\"USD\",\"perMillion\":{}}}")]
    public void What_is_no_event_does_not_fit(string field, string? value)
    {
        var broken = Json(Whole).AsObject();
        broken.Remove(field);
        if (value is not null)
            broken[field] = JsonNode.Parse(value);
        Assert.NotEmpty(SchemaCheck.Mistakes(Schema, broken));
    }

    [Fact]
    public void The_schema_has_every_field_of_the_event_and_no_other()
    {
        AssertSame(UsageJson.Default.UsageEvent, Root);
        AssertSame(UsageJson.Default.Options.GetTypeInfo(typeof(TokenUsage)), Root["properties"]!["usage"]!);
        AssertSame(UsageJson.Default.Options.GetTypeInfo(typeof(FailedRoute)), Root["$defs"]!["failedRoute"]!);
        AssertSame(UsageJson.Default.Options.GetTypeInfo(typeof(UsageIteration)), Root["$defs"]!["iteration"]!);
        AssertSame(UsageJson.Default.Options.GetTypeInfo(typeof(Cost)), Root["properties"]!["cost"]!);
        AssertSame(UsageJson.Default.Options.GetTypeInfo(typeof(Price)), Root["$defs"]!["cost"]!["properties"]!["price"]!);
    }

    [Fact]
    public void The_asyncapi_document_names_the_topics_types_and_fields_there_are()
    {
        var document = Yaml(RepositoryFiles.Path("services", "contracts", "asyncapi.yaml"));
        var channels = document["channels"]!.AsObject();
        Assert.Equal(
            new[] { Topics.Audit, Topics.Keys, Topics.Quota, Topics.Usage },
            channels.Select(c => (string)c.Value!["address"]!).Order(StringComparer.Ordinal));
        var messages = document["components"]!["messages"]!;
        Assert.Equal(EventTypes.UsageRecorded, (string)messages["usageRecorded"]!["name"]!);
        Assert.Equal(EventTypes.QuotaExceeded, (string)messages["quotaExceeded"]!["name"]!);
        Assert.Equal(EventTypes.KeyChanged, (string)messages["keyChanged"]!["name"]!);
        Assert.True(File.Exists(RepositoryFiles.Path("services", "contracts", (string)messages["usageRecorded"]!["payload"]!["$ref"]!)));

        var web = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        Assert.Equal(EventTypes.QuotaWarning, (string)messages["quotaWarning"]!["name"]!);
        AssertSame(web.GetTypeInfo(typeof(BudgetWarning)), messages["quotaWarning"]!["payload"]!);
        Assert.Equal(EventTypes.RequestsRefused, (string)messages["requestsRefused"]!["name"]!);
        AssertSame(web.GetTypeInfo(typeof(RequestsRefused)), messages["requestsRefused"]!["payload"]!);
        AssertSame(web.GetTypeInfo(typeof(QuotaExceeded)), messages["quotaExceeded"]!["payload"]!);
        AssertSame(web.GetTypeInfo(typeof(QuotaRefusal)), messages["quotaExceeded"]!["payload"]!["properties"]!["refusal"]!);
        AssertSame(web.GetTypeInfo(typeof(CountedRule)), document["components"]!["schemas"]!["countedRule"]!);
        Assert.Equal(EventTypes.AuditRecorded, (string)messages["auditRecorded"]!["name"]!);
        AssertSame(web.GetTypeInfo(typeof(AuditEvent)), messages["auditRecorded"]!["payload"]!);
        AssertSame(web.GetTypeInfo(typeof(AuditActor)), messages["auditRecorded"]!["payload"]!["properties"]!["actor"]!);
        Assert.Equal(EventTypes.WebhookTest, (string)messages["webhookTest"]!["name"]!);
        AssertSame(web.GetTypeInfo(typeof(KeyChanged)), messages["keyChanged"]!["payload"]!);
        AssertSame(web.GetTypeInfo(typeof(KeyRecord)), messages["keyChanged"]!["payload"]!["properties"]!["key"]!);
    }

    private static JsonNode Resolve(JsonNode schema)
    {
        while ((string?)schema["$ref"] is { } reference)
            schema = reference.Split('/')
                .Skip(1)
                .Aggregate(Root, (node, name) => node[name] ?? throw new InvalidOperationException($"{reference} leads nowhere"));
        return schema;
    }

    private static void AssertSame(JsonTypeInfo type, JsonNode schema)
    {
        var described = Resolve(schema)["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal);
        var written = type.Properties.Where(p => p.Get is not null).Select(p => p.Name).Order(StringComparer.Ordinal);
        Assert.Equal(written, described);
    }

    private static JsonNode Yaml(string path)
    {
        var yaml = new DeserializerBuilder().Build().Deserialize(File.ReadAllText(path));
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml))!;
    }
}
