using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Text;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Answers;

public sealed partial class Answer
{
    private readonly Dictionary<int, PendingBlock> _callByIndex = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private PendingBlock? _lastCall;

    /// <summary>
    /// A fragment of a tool call, in whatever pieces it comes: id, name and arguments may be missing, repeated or late
    /// (rules E5, E12, E14-E18).
    /// </summary>
    /// <param name="index">The provider's own index of the call; null where it sends none.</param>
    public void ToolCall(int? index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments)
    {
        if (IsCut)
            return;
        EndOfText();
        var call = FindCall(index, id, name);
        if (call is null)
        {
            call = new PendingBlock(BlockKind.ToolUse) { UpstreamId = id.ToArray() };
            AddName(call, name);
            _lastCall = call;
            if (index is { } key)
                _callByIndex[key] = call;
            Add(call);
        }
        else
        {
            if (call.UpstreamId.Length == 0 && id.Length > 0)
                call.UpstreamId = id.ToArray();
            if (call.Arguments == ArgumentsState.None)
                AddName(call, name);
        }

        _output.Add(arguments);
        var rest = call.AcceptArguments(arguments);
        if (rest.Length > 0)
            Append(call, rest);
        else
            Advance();
    }

    /// <summary>The call a fragment belongs to; a new non-empty id at an old index is a new call.</summary>
    private PendingBlock? FindCall(int? index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name)
    {
        var call = index is { } key ? _callByIndex.GetValueOrDefault(key) : _lastCall;
        if (call is null)
            return null;
        if (id.Length > 0 && call.UpstreamId.Length > 0 && !id.SequenceEqual(call.UpstreamId))
            return null;
        // Neither an index nor an id tells calls apart: a name after complete arguments does.
        return index is null && id.Length == 0 && name.Length > 0 && call.IsComplete ? null : call;
    }

    private void AddName(PendingBlock call, ReadOnlySpan<byte> name)
    {
        if (name.Length == 0)
            return;
        var text = Encoding.UTF8.GetString(name);
        var soFar = call.Name?.ToString();
        // Some providers repeat the whole name in each fragment instead of continuing it.
        if (soFar == text && _options.Tools.IsKnown(text))
            return;
        (call.Name ??= new StringBuilder()).Append(text);
    }

    /// <exception cref="GatewayException">It has none, and no client could do anything with the call.</exception>
    private static string NameOf(PendingBlock call) => call.Name is { Length: > 0 } name
        ? name.ToString()
        : throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer calls a tool without saying which.");

    /// <summary>The id the client sees: the provider's where there is one and it is new, else one of ours that is the same every time (rule E16).</summary>
    private string ClientId(PendingBlock call)
    {
        if (call.UpstreamId.Length > 0)
        {
            var id = ToolIds.ToClient(Encoding.UTF8.GetString(call.UpstreamId));
            if (!_options.UsedToolIds.Contains(id) && _ids.Add(id))
                return id;
        }

        var made = $"toolu_{ShortHash.Of($"{_options.Head.MessageId}/{_ids.Count}", 24)}";
        _ids.Add(made);
        return made;
    }

    /// <summary>Arguments that did not start as an object: none at all, <c>null</c>, or an object in a string.</summary>
    private static ReadOnlySpan<byte> NormalizeArguments(ReadOnlySpan<byte> odd)
    {
        odd = odd.Trim(" \t\r\n"u8);
        if (odd.Length == 0 || odd.SequenceEqual("null"u8))
            return "{}"u8;
        if (odd[0] != '"')
            return odd;
        try
        {
            using var json = JsonDocument.Parse(odd.ToArray());
            var inner = Encoding.UTF8.GetBytes(JsonText.Read(json.RootElement));
            return inner.AsSpan().StartsWith("{"u8) ? inner : odd;
        }
        catch (JsonException)
        {
            // Not JSON at all: the client is told what the model wrote.
            return odd;
        }
    }
}
