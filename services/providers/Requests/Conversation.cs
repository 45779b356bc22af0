using Gateway.Contracts.Errors;

namespace Gateway.Providers.Requests;

/// <summary>
/// The messages as alternating turns with complete tool results. Providers demand the results directly after their calls and all of
/// them (rule E56); an interrupted client leaves some out, which a result that says so stands in for (rule E57).
/// </summary>
public static class Conversation
{
    public const string NoResult = "No result: the tool call was interrupted.";

    public static IEnumerable<Turn> Turns(MessagesRequest request)
    {
        var messages = request.Messages;
        IReadOnlyList<ContentBlock.ToolUse> calls = [];
        for (var i = 0; i < messages.Count;)
        {
            var from = i;
            var assistant = messages[i].Role == Role.Assistant;
            while (i < messages.Count && messages[i].Role == Role.Assistant == assistant)
                i++;
            var span = messages.Skip(from).Take(i - from);
            if (assistant)
            {
                var content = span.SelectMany(m => m.Content).ToList();
                calls = [.. content.OfType<ContentBlock.ToolUse>()];
                yield return new Turn.Assistant(content);
            }
            else
            {
                yield return UserTurn([.. span], calls);
                calls = [];
            }
        }

        if (calls.Count > 0)
            yield return UserTurn([], calls);
    }

    private static Turn.User UserTurn(IReadOnlyList<InputMessage> span, IReadOnlyList<ContentBlock.ToolUse> calls)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var call in calls)
        {
            if (!open.Add(call.Id))
                throw GatewayException.Invalid($"{call.Path}: `tool_use` ids must be unique; \"{call.Id}\" is there twice.");
        }

        var results = new List<ContentBlock.ToolResult>();
        var rest = new List<InputMessage>();
        foreach (var message in span)
        {
            var others = new List<ContentBlock>();
            foreach (var block in message.Content)
            {
                if (block is not ContentBlock.ToolResult result)
                    others.Add(block);
                else if (open.Remove(result.ToolUseId))
                    results.Add(result);
                else
                    throw Unexpected(result);
            }

            if (others.Count > 0)
                rest.Add(message with { Content = others });
        }

        foreach (var call in calls)
        {
            if (open.Contains(call.Id))
                results.Add(new ContentBlock.ToolResult(call.Path, call.Id, [new ContentBlock.Text(call.Path, NoResult)], IsError: true));
        }

        return new Turn.User(results, rest);
    }

    private static GatewayException Unexpected(ContentBlock.ToolResult result) => GatewayException.Invalid(
        $"{result.Path}: unexpected `tool_use_id` found in `tool_result` blocks: {result.ToolUseId}. " +
        "Each `tool_result` block must have a corresponding `tool_use` block in the previous message, and only one.");
}
