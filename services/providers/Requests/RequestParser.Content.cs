using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;

namespace Gateway.Providers.Requests;

public static partial class RequestParser
{
    private static IReadOnlyList<ContentBlock.Text> System(Field field, DroppedFields dropped)
    {
        if (field.IsAbsent)
            return [];
        var texts = field.Kind == JsonValueKind.String
            ? [new ContentBlock.Text(field.Path, field.Text())]
            : Blocks(field, dropped).Select(b => b as ContentBlock.Text ?? throw GatewayException.Invalid($"{b.Path}.type: Input should be 'text'"));
        return [.. texts.Select(Attribution.Remove).OfType<ContentBlock.Text>()];
    }

    private static List<InputMessage> Messages(Field field, MessagesRequest request, ToolList tools)
    {
        var messages = new List<InputMessage>();
        // Hardly any conversation has these, and none is looked through for them.
        var body = request.Root.Raw.Span;
        var lastUser = body.IndexOf("\"clear_at\""u8) >= 0 ? LastUser(field) : -1;
        var changes = tools.HasDeferred || body.IndexOf("\"tool_addition\""u8) >= 0 || body.IndexOf("\"tool_removal\""u8) >= 0;
        var (index, serverTools) = (-1, false);
        foreach (var item in field.Items())
        {
            index++;
            var role = Role(item.Object()["role"]);
            DropOthers(
                item, "messages", request.Dropped,
                role == Requests.Role.System ? ["role", "content", "output_config", "clear_at"] : ["role", "content"]);
            var content = item["content"];
            if (changes)
                ReadToolChanges(content, tools, request.Dropped);
            List<ContentBlock> blocks = content.IsAbsent && role == Requests.Role.System
                ? []
                : content.Kind == JsonValueKind.String
                ? Text(content)
                : [.. Blocks(content, request.Dropped)];
            if (role == Requests.Role.System)
            {
                ReadDirectives(item, request);
                blocks = IsOver(item["clear_at"], index < lastUser)
                    ? []
                    : [.. blocks.Select(b => b is ContentBlock.Text text ? Attribution.Remove(text) : b).OfType<ContentBlock>()];
            }

            Check(role, blocks);
            serverTools |= blocks.Exists(static b => b is ContentBlock.ServerTool);
            // Nothing left to say: an empty text (rule E78) or a system message that was only a directive (rule E73).
            if (blocks.Count > 0)
                messages.Add(new InputMessage(role, blocks, item.Path));
        }

        if (index < 0)
            throw field.Error("at least one message is required");
        return serverTools ? ServerToolNote.Join(messages) : messages;
    }

    /// <summary>The place of the last message of the user's, results of tools included; -1 where there is none.</summary>
    private static int LastUser(Field messages)
    {
        var (index, last) = (0, -1);
        foreach (var item in messages.Value)
        {
            if (item.Member("role").Raw.Span.SequenceEqual("\"user\""u8))
                last = index;
            index++;
        }

        return last;
    }

    /// <summary>Whether the text of a system message is no longer shown to the model; what else it says stays in force.</summary>
    private static bool IsOver(Field clearAt, bool userFollows)
    {
        if (clearAt.IsAbsent)
            return false;
        return clearAt.String() switch
        {
            "next_user_message" => userFollows,
            "never" => false,
            _ => throw clearAt.Wrong("'next_user_message' or 'never'"),
        };
    }

    /// <summary>What the blocks of a message say of the tools, in their order: loads, additions, withdrawals.</summary>
    private static void ReadToolChanges(Field content, ToolList tools, DroppedFields dropped)
    {
        if (content.Kind != JsonValueKind.Array)
            return;
        foreach (var block in content.Items())
        {
            if (block.Kind != JsonValueKind.Object || block["type"].Kind != JsonValueKind.String)
                continue;
            switch (block["type"].Word(FieldPolicy.UsualBlocks))
            {
                case "tool_use" when block["name"].Kind == JsonValueKind.String && tools.IsDeferred(block["name"].String()):
                    tools.Offer(block["name"].String());
                    break;
                case "tool_result":
                    ReadToolChanges(block["content"], tools, dropped);
                    break;
                case "tool_reference":
                    tools.Offer(block["tool_name"].String());
                    break;
                case "tool_addition" or "tool_removal":
                    ChangeTools(block, tools, dropped);
                    break;
                case "compaction" when block["tool_changes"].Kind == JsonValueKind.Array:
                    ReadToolChanges(block["tool_changes"], tools, dropped);
                    break;
            }
        }
    }

    private static Role Role(Field field) => field.Word("user", "assistant", "system") switch
    {
        "user" => Requests.Role.User,
        "assistant" => Requests.Role.Assistant,
        "system" => Requests.Role.System,
        _ => throw field.Wrong("'user', 'assistant' or 'system'"),
    };

    /// <summary>Claude Code changes the effort in the middle by a system message (rules E70, E73): the last one counts.</summary>
    private static void ReadDirectives(Field message, MessagesRequest request)
    {
        var config = message["output_config"];
        if (config.IsAbsent)
            return;
        if (!config.Object()["effort"].IsAbsent)
            request.Effort = Effort(config["effort"]);
        DropOthers(config, "messages.output_config", request.Dropped, "effort");
    }

    private static void Check(Role role, List<ContentBlock> blocks)
    {
        foreach (var block in blocks)
        {
            var wrong = role switch
            {
                Requests.Role.User => block is ContentBlock.ToolUse or ContentBlock.Thinking or ContentBlock.RedactedThinking,
                Requests.Role.Assistant => block is ContentBlock.ToolResult or ContentBlock.Image,
                _ => block is not ContentBlock.Text,
            };
            if (wrong)
                throw GatewayException.Invalid($"{block.Path}: this type of block can't be in a message of role {role.ToString().ToLowerInvariant()}");
        }
    }

    /// <summary>What the newer API version refuses and the older one takes; a client must not learn it from its first native answer only.</summary>
    private static void CheckNewer(Field messages)
    {
        foreach (var message in messages.Items())
        {
            if (message["content"].Kind == JsonValueKind.Array)
                CheckNewer(message["content"], message["role"].String() == "assistant");
        }
    }

    private static void CheckNewer(Field content, bool assistant)
    {
        foreach (var block in content.Items())
        {
            var type = block["type"].String();
            if (assistant && type == "document")
                throw block["type"].Error($"documents can't be in an assistant message in API version {ApiVersions.V2026}");
            if (!assistant && type == "text" && block["citations"].HasItems)
                throw block["citations"].Error($"what the user sends can't have citations in API version {ApiVersions.V2026}");
            if (type == "search_result")
                CheckNewer(block["content"], assistant: false);
        }
    }

    private static List<ContentBlock> Text(Field field)
    {
        var text = field.Text();
        return text.IsEmpty ? [] : [new ContentBlock.Text(field.Path, text)];
    }

    private static IEnumerable<ContentBlock> Blocks(Field array, DroppedFields dropped)
    {
        foreach (var item in array.Items())
        {
            if (Block(item.Object(), dropped) is { } block)
                yield return block;
        }
    }

    /// <summary>Null for a block that says nothing to another provider.</summary>
    private static ContentBlock? Block(Field f, DroppedFields dropped)
    {
        var type = f["type"].Word(FieldPolicy.UsualBlocks);
        if (FieldPolicy.UnderstoodInBlocks.TryGetValue(type, out var understood))
            DropOthers(f, understood.Name, dropped, understood.Members);
        switch (type)
        {
            case "text":
                var text = f["text"].Text();
                if (f["citations"].HasItems)
                    dropped.Add("content.citations");
                return text.IsEmpty ? null : new ContentBlock.Text(f.Path, text) { Cache = Cache(f, dropped) };
            case "image":
                return new ContentBlock.Image(f.Path, Source(f["source"], dropped)) { Cache = Cache(f, dropped) };
            case "document":
                return Document(f, dropped);
            case "search_result":
                NoteCitations(f, "search_result.citations", dropped);
                return new ContentBlock.SearchResult(
                    f.Path, f["source"].String(), f["title"].String(), [.. Blocks(f["content"], dropped)])
                { Cache = Cache(f, dropped) };
            case "thinking":
                return new ContentBlock.Thinking(f.Path, f["thinking"].Text(), f["signature"].TextOrNull() ?? "");
            case "redacted_thinking":
                return new ContentBlock.RedactedThinking(f.Path);
            case "tool_use":
                var input = f["input"];
                return new ContentBlock.ToolUse(f.Path, f["id"].String(), f["name"].String(), input.IsAbsent ? default : input.Object().Value.Raw)
                {
                    Cache = Cache(f, dropped),
                };
            case "tool_result":
                return ToolResult(f, dropped);
            case "tool_reference":
                return new ContentBlock.ToolReference(f.Path, f["tool_name"].String());
            case "compaction":
                return f["content"].IsAbsent ? null : new ContentBlock.Text(f.Path, f["content"].Text());
            case "container_upload":
                throw f["type"].Error("Files of a container are kept by Anthropic and can't be used with this model");
            case var _ when FieldPolicy.ServerToolBlocks.Contains(type):
                return new ContentBlock.ServerTool(f.Path, type, f.Value.Raw, Call: null);
            case "tool_addition" or "tool_removal":
                // What they change has been read.
                return null;
            case var _ when FieldPolicy.DroppedBlocks.Contains(type):
                dropped.Add($"content.{type}");
                return null;
            default:
                throw f["type"].Error($"The block type \"{type}\" is not supported for this model");
        }
    }

    private static ContentBlock.Document Document(Field f, DroppedFields dropped)
    {
        NoteCitations(f, "document.citations", dropped);
        return new ContentBlock.Document(f.Path, Source(f["source"], dropped), f["title"].StringOrNull(), f["context"].StringOrNull())
        {
            Cache = Cache(f, dropped),
        };
    }

    /// <summary>Only Anthropic cites by position; the text itself still goes (rule E105).</summary>
    private static void NoteCitations(Field owner, string name, DroppedFields dropped)
    {
        if (!owner["citations"].IsAbsent && owner["citations"].Object()["enabled"].BoolOr(false))
            dropped.Add(name);
    }

    private static ContentBlock.ToolResult ToolResult(Field f, DroppedFields dropped)
    {
        var content = f["content"];
        IReadOnlyList<ContentBlock> blocks = content.Kind switch
        {
            _ when content.IsAbsent => [],
            JsonValueKind.String => Text(content),
            _ => [.. Blocks(content, dropped)],
        };
        foreach (var block in blocks)
        {
            if (block is ContentBlock.ToolResult or ContentBlock.ToolUse or ContentBlock.Thinking or ContentBlock.RedactedThinking)
                throw GatewayException.Invalid($"{block.Path}: this type of block can't be in a tool_result");
        }

        return new ContentBlock.ToolResult(f.Path, f["tool_use_id"].String(), blocks, f["is_error"].BoolOr(false)) { Cache = Cache(f, dropped) };
    }

    private static MediaSource Source(Field f, DroppedFields dropped)
    {
        switch (f.Object()["type"].String())
        {
            case "base64":
                var data = f["data"];
                if (data.Kind != JsonValueKind.String)
                    data.String();
                return new MediaSource.Base64(f["media_type"].String(), data.Value.Raw);
            case "url":
                return new MediaSource.Url(f["url"].String());
            case "text":
                return new MediaSource.PlainText(f["data"].String());
            case "content":
                return new MediaSource.Blocks(f["content"].Kind == JsonValueKind.String ? Text(f["content"]) : [.. Blocks(f["content"], dropped)]);
            case "file":
                // The file lies at Anthropic, where no other provider can read it (rule E102).
                throw f["type"].Error("Files uploaded to Anthropic can't be used with this model. Send the content as base64");
            default:
                throw f["type"].Wrong("'base64', 'url', 'text' or 'content'");
        }
    }
}
