using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Providers.Clouds;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Clouds;

/// <summary>The README's tables are the code's, and each cell is what happens to a request.</summary>
public class DoorTableTests
{
    private static readonly string[] Models = ["claude-opus-4-1", "claude-sonnet-4-5", "claude-opus-4-6", "claude-opus-4-8"];

    /// <summary>A request that uses the feature.</summary>
    private static readonly Dictionary<DoorFeature, string> Uses = new()
    {
        [DoorFeature.TopLevelCache] = """ "cache_control":{"type":"ephemeral"} """,
        [DoorFeature.CacheTtl] = """ "system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}] """,
        [DoorFeature.CacheScope] = """ "tools":[{"name":"t","cache_control":{"type":"ephemeral","scope":"global"}}] """,
        [DoorFeature.UserId] = """ "metadata":{"user_id":"{\"a\":1}"} """,
        [DoorFeature.UrlSource] = """ "messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a.example/b.png"}}]}] """,
        [DoorFeature.FileSource] = """ "messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}] """,
        [DoorFeature.WebSearch] = """ "tools":[{"type":"web_search_20260209","name":"web_search"}] """,
        [DoorFeature.WebFetch] = """ "tools":[{"type":"web_fetch_20250910","name":"web_fetch"}] """,
        [DoorFeature.CodeExecution] = """ "tools":[{"type":"code_execution_20250825","name":"code_execution"}] """,
        [DoorFeature.ToolSearch] = """ "tools":[{"type":"tool_search_tool_regex_20251119","name":"tool_search_tool_regex"}] """,
        [DoorFeature.Mcp] = """ "mcp_servers":[{"type":"url","url":"https://mcp.example","name":"m"}] """,
        [DoorFeature.Container] = """ "container":"container_1" """,
        [DoorFeature.AllowedCallers] = """ "tools":[{"name":"t","allowed_callers":["direct"]}] """,
        [DoorFeature.OutputFormat] = """ "output_config":{"format":{"type":"json_schema","schema":{}}} """,
        [DoorFeature.StrictTools] = """ "tools":[{"name":"t","strict":true}] """,
        [DoorFeature.InferenceGeo] = """ "inference_geo":"us" """,
        [DoorFeature.Speed] = """ "speed":"fast" """,
        [DoorFeature.Fallbacks] = """ "fallbacks":[{"model":"b"}] """,
        [DoorFeature.Diagnostics] = """ "diagnostics":{"cache":true} """,
        [DoorFeature.ServiceTier] = """ "service_tier":"auto" """,
        [DoorFeature.Tags] = """ "tags":["a"] """,
        [DoorFeature.BillingPolicy] = """ "billing_policy":{"a":1} """,
    };

    private static string Readme => File.ReadAllText(Path.Combine(RepositoryFiles.Root, "services", "providers", "Clouds", "README.md"));

    [Fact]
    public void The_readme_shows_what_each_door_does_with_each_feature()
    {
        var table = new StringBuilder("| |").AppendJoin('|', Doors.All.Select(d => $" `{d.Name}` ")).Append("|\n|---|");
        table.Insert(table.Length, "---|", Doors.All.Count).Append('\n');
        foreach (var feature in Enum.GetValues<DoorFeature>())
        {
            table.Append($"| `{DoorFeatures.Name(feature)}` |");
            foreach (var door in Doors.All)
                table.Append(door.Rules.TryGetValue(feature, out var rule) ? $" {rule} |" : " |");
            table.Append('\n');
        }

        Assert.Contains(table.ToString(), Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_readme_shows_which_betas_each_door_takes()
    {
        var doors = Doors.All.Where(d => d.Betas is not null).ToList();
        var table = new StringBuilder("| beta |").AppendJoin('|', doors.Select(d => $" `{d.Name}` ")).Append("|\n|---|");
        table.Insert(table.Length, "---|", doors.Count).Append('\n');
        foreach (var beta in doors.SelectMany(d => d.Betas!).Distinct())
        {
            table.Append($"| `{beta}` |");
            foreach (var door in doors)
                table.Append(door.Betas!.Contains(beta) ? " x |" : " |");
            table.Append('\n');
        }

        Assert.Contains(table.ToString(), Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_cell_of_the_table_is_what_happens_to_a_request()
    {
        foreach (var door in Doors.All)
        {
            foreach (var feature in Enum.GetValues<DoorFeature>())
            {
                foreach (var model in Models)
                    Check(door, feature, model);
            }
        }
    }

    [Fact]
    public void A_search_that_vertex_has_is_let_through()
    {
        var body = Encoding.UTF8.GetBytes("""{"model":"m","tools":[{"type":"web_search_20250305","name":"web_search"}]}""");
        using var request = DoorRequest.Of(Doors.Vertex, Operations.Generate, "claude-opus-4-8", body, null, [], null, null);
        Assert.Empty(request.Dropped);
    }

    private static void Check(Door door, DoorFeature feature, string model)
    {
        var uses = Uses[feature];
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":1,{{uses}}}""");
        var name = DoorFeatures.Name(feature);
        var where = $"{name} of {model} at {door.Name}";
        var rule = door.RuleOf(feature, ClaudeVersion.Of(model));
        if (rule?.Action == DoorAction.Refuse)
        {
            var error = Assert.Throws<GatewayException>(() => DoorRequest.Of(door, Operations.Generate, model, body, null, [], null, null));
            Assert.Equal(ErrorKind.InvalidRequest, error.Kind);
            Assert.Contains(door.Title, error.Message, StringComparison.Ordinal);
            return;
        }

        using var request = DoorRequest.Of(door, Operations.Generate, model, body, null, [], null, null);
        var sent = Encoding.UTF8.GetString(request.Body.Span);
        if (rule is null)
            Assert.True(request.Dropped.Count == 0 && sent.Contains(uses.Trim(), StringComparison.Ordinal), where);
        else
            Assert.True(request.Dropped.SequenceEqual([name]) && !sent.Contains(uses.Trim(), StringComparison.Ordinal), where);
    }
}
