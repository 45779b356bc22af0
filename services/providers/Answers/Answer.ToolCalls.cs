using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Text;
using Gateway.Providers.Thinking;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Answers;

public sealed partial class Answer
{
    /// <summary>Of what travels in an id: longer than any that a provider means, or a client takes.</summary>
    private const int MaxIdBytes = 64 * 1024;

    private readonly Dictionary<int, PendingBlock> _callByIndex = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private PendingBlock? _lastCall;

    /// <summary>
    /// A fragment of a tool call, in whatever pieces it comes: id, name and arguments may be missing, repeated or late
    /// (rules E5, E12, E14-E18).
    /// </summary>
    /// <param name="index">The provider's own index of the call; null where it sends none.</param>
    /// <param name="signature">What its provider wants to see again with it, in the provider's own form.</param>
    public void ToolCall(int? index, ReadOnlySpan<byte> id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> signature = default)
    {
        if (IsCut)
            return;
        EndOfText();
        var call = FindCall(index, id, name);
        if (call is null)
        {
            call = new PendingBlock(BlockKind.ToolUse) { UpstreamId = id.ToArray(), Hidden = Unseen(), Opaque = _unseenOpaque };
            _unseen = _unseenOpaque = null;
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

        if (signature.Length > 0)
            call.Signature = Encoding.UTF8.GetString(signature);
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
        return index is null && id.Length == 0 && name.Length > 0 && (call.IsComplete || call.IsPlaceholder) ? null : call;
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

    /// <summary>Reasoning that would make an id too long for any client is left out.</summary>
    private ArrayBufferWriter<byte>? Unseen() => _unseen is { WrittenCount: <= MaxIdBytes } text ? text : null;

    /// <summary>
    /// The id the client sees: the provider's where there is one, new and not too long, with what the provider wants back; else one of ours that is
    /// the same every time (rule E16).
    /// </summary>
    private string ClientId(PendingBlock call)
    {
        var own = call.UpstreamId.Length <= MaxIdBytes ? Encoding.UTF8.GetString(call.UpstreamId) : "";
        var state = new CallState(own, call.Signature, TextOf(call.Hidden), ListOf(call.Opaque), NameOfThinking);
        if (own.Length > 0 || !state.IsEmpty)
        {
            var id = state.IsEmpty ? ToolIds.ToClient(own) : state.Wrap(_options.Provider, _options.UpstreamModel);
            if (!_options.UsedToolIds.Contains(id) && _ids.Add(id))
                return id;
        }

        var made = $"toolu_{ShortHash.Of($"{_options.Head.MessageId}/{_ids.Count}", 24)}";
        _ids.Add(made);
        return made;
    }

    /// <summary>Arguments that did not start as an object: none at all, an empty something, or an object in a string.</summary>
    private static ReadOnlySpan<byte> NormalizeArguments(ReadOnlySpan<byte> odd)
    {
        odd = odd.Trim(" \t\r\n"u8);
        if (odd.Length == 0 || odd.SequenceEqual("null"u8) || odd.SequenceEqual("\"\""u8) || odd.SequenceEqual("[]"u8))
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
            // Not JSON at all: only an answer that was cut may end like this.
            return odd;
        }
    }

    /// <summary>A client would run the tool with nothing, or fail on what it reads: an answer that is over and has no such arguments has failed.</summary>
    private void CheckArguments(PendingBlock block, ReadOnlySpan<byte> odd)
    {
        var progress = default(JsonProgress);
        if (_mayBeCut || block.IsComplete || (odd.Length > 0 && progress.Advance(odd) == odd.Length && progress.IsComplete))
            return;
        throw new GatewayException(
            ErrorKind.ProviderError,
            $"The model's answer could not be used: the arguments of its call of {_options.Tools.ToClient(block.Name?.ToString() ?? "")} are no JSON object.");
    }
}
