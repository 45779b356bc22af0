using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.Deployment;

/// <summary>A panel over a metric that nobody measures stays empty in silence.</summary>
public partial class DashboardTests
{
    // OpenTelemetry's conventions for generative AI, as Prometheus spells them.
    private static readonly string[] GenAi =
        ["gen_ai_client_token_usage", "gen_ai_server_request_duration_seconds", "gen_ai_server_time_to_first_token_seconds", "gen_ai_server_time_per_output_token_seconds"];

    private static readonly JsonElement Dashboard = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Path("k8s", "grafana", "llm-gateway.json"))).RootElement;

    [Fact]
    public void Every_metric_of_a_panel_is_one_that_is_measured()
    {
        var measured = Directory.EnumerateFiles(RepositoryFiles.Path("services"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => Instrument().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value.Replace('.', '_'))).ToHashSet();
        var used = Expressions().SelectMany(e => Metric().Matches(e).Select(m => m.Value)).Where(m => !Labels.Contains(m)).Select(m => Suffix().Replace(m, "")).Distinct().ToList();
        Assert.All(GenAi, name => Assert.Contains(name, used));
        Assert.All(used, name => Assert.True(name.StartsWith("gen_ai_", StringComparison.Ordinal) ? GenAi.Contains(name) : measured.Contains(name), $"nothing measures {name}"));
    }

    [Fact]
    public void Panels_have_ids_places_and_queries_of_their_own()
    {
        var panels = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(p => (p.GetProperty("gridPos").GetProperty("x").GetInt32(), p.GetProperty("gridPos").GetProperty("y").GetInt32())).Distinct().Count());
        Assert.All(panels.Where(p => p.GetProperty("type").GetString() != "row"), p => Assert.NotEmpty(p.GetProperty("targets").EnumerateArray()));
        Assert.NotEmpty(Expressions());
    }

    private static readonly string[] Labels = ["gen_ai_request_model", "gen_ai_token_type"];

    private static IReadOnlyList<string> Expressions() =>
        [.. Dashboard.GetProperty("panels").EnumerateArray().Where(p => p.TryGetProperty("targets", out _)).SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => t.GetProperty("expr").GetString()!)];

    [GeneratedRegex("\"(gateway\\.[a-z_.]+)\"")]
    private static partial Regex Instrument();

    [GeneratedRegex("\\b(?:gen_ai|gateway)_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("_(?:total|bucket|sum|count)$")]
    private static partial Regex Suffix();
}
