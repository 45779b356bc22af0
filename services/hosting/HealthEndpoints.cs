using System.Text.Json;
using Gateway.Contracts.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Hosting;

/// <summary>
/// <c>/healthz/live</c>: the process answers. <c>/healthz/ready</c>: it can do its work, else which dependency is missing; one that is degraded
/// says so and lets it be ready.
/// </summary>
public static class HealthEndpoints
{
    public const string Live = "/healthz/live";
    public const string Ready = "/healthz/ready";

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks(Live, new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks(Ready, new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, GatewayJson.WriterOptions);
        json.WriteStartObject();
        json.WriteString("status", report.Status != HealthStatus.Unhealthy ? "ready" : "not ready");
        json.WriteStartObject("dependencies");
        foreach (var (name, entry) in report.Entries)
            json.WriteString(name, entry.Description ?? entry.Exception?.Message ?? (entry.Status == HealthStatus.Healthy ? "ok" : "missing"));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
