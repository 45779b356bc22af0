using System.Text.Json;

namespace Gateway.AdminConsole.Api;

/// <summary>The admin API has refused a call, or cannot be reached: its problem details.</summary>
public sealed class ApiException(int status, string title, string? detail, IReadOnlyDictionary<string, string[]>? errors = null) : Exception(title)
{
    public int Status { get; } = status;

    public string Title { get; } = title;

    public string? Detail { get; } = detail;

    /// <summary>What is wrong with a body or a query, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; } = errors ?? new Dictionary<string, string[]>();

    /// <summary>Whether the caller's form is to blame, so that it is shown again with what is wrong.</summary>
    public bool IsMistake => Status is 400 or 404 or 409 or 413 or 415 or 422;

    /// <summary>The status of a page that shows the form again: one of 404 Blazor leaves empty.</summary>
    public int FormStatus => Status == 404 ? 400 : Status;

    internal static ApiException Away { get; } =
        new(503, "The gateway did not answer", "The admin API cannot be reached at the moment. Try again in a few seconds.");

    /// <summary>Of problem details, or of whatever else came.</summary>
    internal static ApiException Of(int status, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var problem = JsonDocument.ParseValue(ref reader);
            var root = problem.RootElement;
            var errors = root.TryGetProperty("errors"u8, out var fields) && fields.ValueKind == JsonValueKind.Object
                ? fields.EnumerateObject().ToDictionary(f => f.Name, f => f.Value.EnumerateArray().Select(e => e.GetString() ?? "").ToArray())
                : null;
            // Ingress' own errors on the way have Anthropic's shape.
            if (root.TryGetProperty("error"u8, out var envelope) && envelope.TryGetProperty("message"u8, out var message))
                return new(status, message.GetString() ?? "", null);
            return new(status, Text(root, "title") ?? $"The admin API answered {status}", Text(root, "detail"), errors);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new(status, $"The admin API answered {status}", null);
        }
    }

    private static string? Text(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
