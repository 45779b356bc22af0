using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;

namespace Gateway.Ingress.Safeguards;

/// <summary>
/// A client's wish to have the tool calls of its answer judged: the field <c>safeguards</c> with an entry <c>dangerous_tool_use</c>, and the beta
/// that announces it (Claude Code's auto mode). What it says holds paths of the client's machine: it is neither logged nor sent to whoever answers.
/// </summary>
internal sealed class SafeguardsRequest
{
    public const string Field = "safeguards";

    public const string Type = "dangerous_tool_use";

    private const string Beta = "dangerous-tool-use";

    private readonly SafeguardsJudge _judge;

    private SafeguardsRequest(SafeguardsJudge judge, byte[] context, PooledBuffer body)
    {
        _judge = judge;
        Context = context;
        Body = body;
    }

    /// <summary>The member <c>classifier_context</c> as it came, an object.</summary>
    public ReadOnlyMemory<byte> Context { get; }

    /// <summary>The client's whole request.</summary>
    public PooledBuffer Body { get; }

    /// <summary>Null where the request asks for none.</summary>
    /// <exception cref="GatewayException">The field holds what is no text.</exception>
    public static SafeguardsRequest? Of(IHeaderDictionary headers, RequestEnvelope envelope, PooledBuffer body, SafeguardsJudge judge)
    {
        var (start, length) = envelope.SafeguardsToken;
        if (length == 0 || !Announces(headers))
            return null;
        try
        {
            return ContextIn(body.WrittenMemory.Slice(start, length)) is { } context ? new SafeguardsRequest(judge, context, body) : null;
        }
        catch (InvalidOperationException e) when (GatewayJson.IsHalfCharacter(e))
        {
            throw GatewayException.HalfCharacter(e);
        }
    }

    /// <summary>Decides, before the route is asked, who judges the calls of its answer. Null: its provider, or nobody.</summary>
    public ValueTask<SafeguardsCheck?> BeginAsync(Exchange exchange, ModelRoute route, CancellationToken cancellationToken) =>
        _judge.BeginAsync(this, exchange, route, cancellationToken);

    private static byte[]? ContextIn(ReadOnlyMemory<byte> field)
    {
        using var document = JsonDocument.Parse(field, GatewayJson.DocumentOptions);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            return null;
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("type"u8, out var type) && type.ValueKind == JsonValueKind.String
                && type.ValueEquals(Type))
            {
                return entry.TryGetProperty("classifier_context"u8, out var given) && given.ValueKind == JsonValueKind.Object
                    ? JsonMarshal.GetRawUtf8Value(given).ToArray()
                    : "{}"u8.ToArray();
            }
        }

        return null;
    }

    private static bool Announces(IHeaderDictionary headers)
    {
        foreach (var value in headers["anthropic-beta"])
        {
            if (value?.Contains(Beta, StringComparison.OrdinalIgnoreCase) == true)
                return true;
        }

        return false;
    }
}
