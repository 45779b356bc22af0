using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Names;
using Gateway.Providers.Text;

namespace Gateway.Providers.Clouds;

/// <summary>
/// A Messages request as a door takes it. What differs is cut out of its bytes or put in between; numbers, escapes and the order of members stay as they
/// were, since caches and signatures go by bytes.
/// </summary>
public sealed class DoorRequest : IDisposable
{
    private const int HashBytes = 16;

    private readonly Door _door;
    private readonly ClaudeVersion _version;
    private readonly SortedSet<string> _dropped = new(StringComparer.Ordinal);
    private readonly BodyEdits _edits = new();
    private readonly bool _counts;
    private PooledBuffer? _body;

    private DoorRequest(Door door, string model, bool counts)
    {
        _door = door;
        _version = ClaudeVersion.Of(model);
        _counts = counts;
    }

    /// <summary>The body to send.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>The header <c>anthropic-beta</c> to send; null for none.</summary>
    public string? BetaHeader { get; private set; }

    /// <summary>What the door is not told, by name.</summary>
    public IReadOnlyCollection<string> Dropped => _dropped;

    /// <param name="door">Where it goes.</param>
    /// <param name="operation">A member of <see cref="Operations"/>.</param>
    /// <param name="model">The model's id there.</param>
    /// <param name="body">The request, with that id in <c>model</c>. Has to stay as it is as long as <see cref="Body"/> is used.</param>
    /// <param name="apiVersion">The client's <c>anthropic-version</c>; null where it sent none.</param>
    /// <param name="betas">The values of the client's <c>anthropic-beta</c> headers.</param>
    /// <param name="userProfile">The client's <c>anthropic-user-profile-id</c>.</param>
    /// <param name="moreBetas">The catalog's, which add to the door's or take one away (<c>!name</c>).</param>
    /// <exception cref="GatewayException">The request asks for something that this door does not take, and would be another without it.</exception>
    public static DoorRequest Of(
        Door door, string operation, string model, ReadOnlyMemory<byte> body, string? apiVersion, IEnumerable<string?> betas, string? userProfile,
        IReadOnlyList<string>? moreBetas)
    {
        var request = new DoorRequest(door, model, operation == Operations.CountTokens) { Body = body };
        var taken = request.Take(betas, moreBetas);
        if (taken.Count > 0 && !door.BetasInBody)
            request.BetaHeader = string.Join(',', taken);
        if (door.PassesBodies)
            return request;
        var wraps = request._counts && door.CountsWrapped;
        try
        {
            request.Edit(body.Span, apiVersion, door.BetasInBody ? taken : [], door.ProfileInBody ? userProfile : null);
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.InvalidRequest, "request body: is not valid JSON. " + e.Message, e);
        }

        if (request._edits.Any)
            request.Body = (request._body = request._edits.Apply(body.Span)).WrittenMemory;
        if (wraps)
            request.Body = request.Wrap(request.Body.Span);
        return request;
    }

    public void Dispose() => _body?.Dispose();

    private List<string> Take(IEnumerable<string?> headers, IReadOnlyList<string>? more)
    {
        var taken = new List<string>();
        foreach (var header in headers)
        {
            foreach (var part in (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var beta = _door.RenamedBetas.GetValueOrDefault(part, part);
                if (!IsTaken(beta, more))
                    _dropped.Add($"anthropic-beta.{part}");
                else if (!taken.Contains(beta))
                    taken.Add(beta);
            }
        }

        return taken;
    }

    private bool IsTaken(string beta, IReadOnlyList<string>? more)
    {
        if (more is not null)
        {
            foreach (var own in more)
            {
                if (own.StartsWith('!') ? Fits(own[1..], beta) : Fits(own, beta))
                    return !own.StartsWith('!');
            }
        }

        if (_door.Betas is null)
            return true;
        foreach (var known in _door.Betas)
        {
            if (Fits(known, beta))
                return _door.TakesBetaWith?.Invoke(beta, _version) != false;
        }

        return false;
    }

    private static bool Fits(string known, string beta) =>
        known.EndsWith('*') ? beta.AsSpan().StartsWith(known.AsSpan(0, known.Length - 1), StringComparison.Ordinal) : known == beta;

    private void Edit(ReadOnlySpan<byte> body, string? apiVersion, List<string> betas, string? userProfile)
    {
        var cursor = new JsonCursor(body);
        if (!cursor.Enter('{'))
            throw new JsonException("It is no object.");
        var open = cursor.Position;
        var members = new BodyEdits.Members(_edits, open);
        var hasVersion = false;
        var hasBetas = false;
        var hasLimit = false;
        while (cursor.MemberAt(out var start, out var length, out var escaped))
        {
            var name = body.Slice(start, length);
            if (escaped)
                name = JsonText.Unescape(name);
            members.Begin(start - 1);
            hasVersion |= name.SequenceEqual("anthropic_version"u8);
            hasBetas |= name.SequenceEqual("anthropic_beta"u8);
            hasLimit |= name.SequenceEqual("max_tokens"u8);
            members.End(ref cursor, ReadField(name, ref cursor, body));
        }

        members.Finish();
        var added = Added(hasVersion, hasBetas, hasLimit, apiVersion, betas, userProfile, members.Any);
        if (added.Length > 0)
            _edits.Add(open, 0, added);
    }

    private byte[] Added(bool hasVersion, bool hasBetas, bool hasLimit, string? apiVersion, List<string> betas, string? userProfile, bool moreFollows)
    {
        var text = new StringBuilder();
        if (_door.BodyVersion is not null && !hasVersion)
            Add("anthropic_version", Quoted(KnowsNewVersion(apiVersion) ? ApiVersions.V2026 : _door.BodyVersion));
        if (betas.Count > 0 && !hasBetas)
            Add("anthropic_beta", $"[{string.Join(',', betas.Select(Quoted))}]");
        if (userProfile is not null)
            Add("user_profile_id", Quoted(userProfile));
        if (_counts && _door.CountsWrapped && !hasLimit)
            Add("max_tokens", "1");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Add(string name, string json)
        {
            if (!moreFollows && text.Length > 0)
                text.Append(',');
            text.Append('"').Append(name).Append("\":").Append(json);
            if (moreFollows)
                text.Append(',');
        }

        static string Quoted(string value) => $"\"{JsonEncodedText.Encode(value)}\"";
    }

    private bool KnowsNewVersion(string? apiVersion) => apiVersion == ApiVersions.V2026 && !_version.IsBefore(_door.NewVersionSince);

    /// <summary>Takes the value of a member of the request. True where the member goes.</summary>
    private bool ReadField(ReadOnlySpan<byte> name, ref JsonCursor cursor, ReadOnlySpan<byte> body)
    {
        if ((name.SequenceEqual("model"u8) && _door.ModelInPath && !(_counts && _door.ModelStaysForCounting))
            || (name.SequenceEqual("stream"u8) && _door.StreamInPath))
        {
            cursor.Skip();
            return true;
        }

        if (DoorFeatures.OfField(name) is { } feature && Rule(feature) is { } rule)
        {
            // What is null, or an empty list, asks for nothing.
            var value = cursor.Value();
            if (rule.Action == DoorAction.Refuse && !value.SequenceEqual("null"u8) && value is not [(byte)'[', (byte)']'])
                throw Refused(DoorFeatures.Name(feature), null);
            _dropped.Add(Encoding.UTF8.GetString(name));
            return true;
        }

        if (name.SequenceEqual("messages"u8))
            ReadItems(ref cursor, body, Part.Message);
        else if (name.SequenceEqual("system"u8))
            ReadItems(ref cursor, body, Part.Block);
        else if (name.SequenceEqual("tools"u8))
            ReadItems(ref cursor, body, Part.Tool);
        else if (name.SequenceEqual("cache_control"u8))
            ReadPart(ref cursor, body, Part.Cache);
        else if (name.SequenceEqual("output_config"u8))
            ReadPart(ref cursor, body, Part.Output);
        else if (name.SequenceEqual("metadata"u8))
            ReadPart(ref cursor, body, Part.Metadata);
        else
            cursor.Skip();
        return false;
    }

    private void ReadItems(ref JsonCursor cursor, ReadOnlySpan<byte> body, Part part)
    {
        if (!cursor.Enter('['))
        {
            cursor.Skip();
            return;
        }

        while (cursor.Item())
            ReadPart(ref cursor, body, part);
    }

    /// <summary>An object of the request whose members may not all be taken.</summary>
    private void ReadPart(ref JsonCursor cursor, ReadOnlySpan<byte> body, Part part)
    {
        if (!cursor.Enter('{'))
        {
            cursor.Skip();
            return;
        }

        var members = new BodyEdits.Members(_edits, cursor.Position);
        while (cursor.MemberAt(out var start, out var length, out var escaped))
        {
            var name = body.Slice(start, length);
            if (escaped)
                name = JsonText.Unescape(name);
            members.Begin(start - 1);
            members.End(ref cursor, ReadMember(name, part, ref cursor, body));
        }

        members.Finish();
    }

    private bool ReadMember(ReadOnlySpan<byte> name, Part part, ref JsonCursor cursor, ReadOnlySpan<byte> body)
    {
        switch (part)
        {
            case Part.Cache when name.SequenceEqual("ttl"u8):
                return Drops(DoorFeature.CacheTtl, ref cursor);
            case Part.Cache when name.SequenceEqual("scope"u8):
                return Drops(DoorFeature.CacheScope, ref cursor);
            case Part.Output when name.SequenceEqual("format"u8):
                return Drops(DoorFeature.OutputFormat, ref cursor);
            case Part.Tool when name.SequenceEqual("strict"u8):
                return Drops(DoorFeature.StrictTools, ref cursor);
            case Part.Tool when name.SequenceEqual("allowed_callers"u8):
                return Drops(DoorFeature.AllowedCallers, ref cursor);
            case Part.Tool when name.SequenceEqual("type"u8):
                CheckTool(Text(cursor.Value()));
                return false;
            case Part.Metadata when name.SequenceEqual("user_id"u8):
                HashUser(ref cursor);
                return false;
            case Part.Message or Part.Block when name.SequenceEqual("content"u8):
                ReadItems(ref cursor, body, Part.Block);
                return false;
            case Part.Block when name.SequenceEqual("source"u8):
                ReadSource(ref cursor, body);
                return false;
            case Part.Block or Part.Tool when name.SequenceEqual("cache_control"u8):
                ReadPart(ref cursor, body, Part.Cache);
                return false;
            default:
                cursor.Skip();
                return false;
        }
    }

    /// <summary>A document may be made of blocks, which have sources of their own.</summary>
    private void ReadSource(ref JsonCursor cursor, ReadOnlySpan<byte> body)
    {
        if (!cursor.Enter('{'))
        {
            cursor.Skip();
            return;
        }

        while (cursor.Member(out var name))
        {
            if (name.SequenceEqual("type"u8))
                CheckSource(Text(cursor.Value()));
            else if (name.SequenceEqual("content"u8))
                ReadItems(ref cursor, body, Part.Block);
            else
                cursor.Skip();
        }
    }

    private bool Drops(DoorFeature feature, ref JsonCursor cursor)
    {
        cursor.Skip();
        if (Rule(feature) is null)
            return false;
        _dropped.Add(DoorFeatures.Name(feature));
        return true;
    }

    private void CheckTool(ReadOnlySpan<byte> type)
    {
        if (DoorFeatures.OfTool(type) is not { } feature || Rule(feature) is not { } rule)
            return;
        var text = Encoding.UTF8.GetString(type);
        if (rule.But != text)
            throw Refused($"tools: '{text}'", rule.But);
    }

    private void CheckSource(ReadOnlySpan<byte> type)
    {
        if (type.SequenceEqual("url"u8) && Rule(DoorFeature.UrlSource) is not null)
            throw Refused("source: an image or a document by URL", "its bytes as base64");
        if (type.SequenceEqual("file"u8) && Rule(DoorFeature.FileSource) is not null)
            throw Refused("source: a file of the Files API", "its bytes as base64");
    }

    private void HashUser(ref JsonCursor cursor)
    {
        var start = cursor.Start();
        var value = cursor.Value();
        if (Rule(DoorFeature.UserId) is null || value.Length == 0 || value[0] != '"' || IsPlain(value[1..^1]))
            return;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(value, hash);
        _edits.Add(start, value.Length, Encoding.ASCII.GetBytes($"\"{Convert.ToHexStringLower(hash[..HashBytes])}\""));
        _dropped.Add(DoorFeatures.Name(DoorFeature.UserId));
    }

    private static bool IsPlain(ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'_' or (byte)'.' or (byte)'@' or (byte)' ' or (byte)'-'))
                return false;
        }

        return true;
    }

    /// <summary>What is between the quotes; names of types have no escapes.</summary>
    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value) => value.Length >= 2 && value[0] == '"' ? value[1..^1] : default;

    private DoorRule? Rule(DoorFeature feature) => _door.RuleOf(feature, _version);

    private GatewayException Refused(string what, string? instead) => GatewayException.Invalid(
        $"{what}: is not available through {_door.Title}. "
        + (instead is null ? "Leave it out, or use a model with another route." : $"Send {instead} in its place."));

    /// <summary>https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html</summary>
    private ReadOnlyMemory<byte> Wrap(ReadOnlySpan<byte> body)
    {
        var wrapped = new PooledBuffer(Base64.GetMaxEncodedToUtf8Length(body.Length) + PooledBuffer.LeastRoom);
        wrapped.Write("{\"input\":{\"invokeModel\":{\"body\":\""u8);
        Base64.EncodeToUtf8(body, wrapped.GetSpan(Base64.GetMaxEncodedToUtf8Length(body.Length)), out _, out var written);
        wrapped.Advance(written);
        wrapped.Write("\"}}}"u8);
        _body?.Dispose();
        _body = wrapped;
        return wrapped.WrittenMemory;
    }

    private enum Part
    {
        Message,
        Block,
        Tool,
        Cache,
        Output,
        Metadata,
    }
}
