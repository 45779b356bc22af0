using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// The last pass over the messages, each on its way into the list: which roles may follow each other differs by provider, and is a matter of
/// the whole list, whatever turns and blocks it was made of.
/// </summary>
internal static class RoleRules
{
    public static void Add(ProviderCall call, List<ChatMessage> list, ChatMessage message)
    {
        var before = list.Count == 0 ? null : list[^1];
        var next = message is ChatMessage.Said { Role: Role.System } system && !MayBeSystem(call, before) ? AsUser(system) : message;
        if (next is ChatMessage.Said { Role: Role.User } && before is ChatMessage.Result && call.Has(Quirk.AssistantAfterTools))
            list.Add(new ChatMessage.Acknowledgement());
        if (call.Has(Quirk.StrictAlternation) && next is ChatMessage.Said { Role: Role.User } said && before is ChatMessage.Said { Role: Role.User } first)
            list[^1] = first with { Content = [.. first.Content, .. said.Content] };
        else if (call.Has(Quirk.StrictAlternation) && next is ChatMessage.Assistant && before is null or ChatMessage.Said { Role: Role.System })
            list.AddRange([new ChatMessage.Said(Role.User, [new ContentBlock.Text(Nowhere, "Go on.")]), next]);
        else
            list.Add(next);
    }

    private static Place Nowhere { get; } = new(null, "messages", 0);

    /// <summary>A leading system message is where every provider allows it.</summary>
    private static bool MayBeSystem(ProviderCall call, ChatMessage? before)
    {
        if (before is null)
            return true;
        if (call.Has(Quirk.LeadingSystemOnly))
            return false;
        return !call.Has(Quirk.AssistantAfterTools) || before is ChatMessage.Said;
    }

    /// <summary>Where no system message is allowed, it speaks as the user, never as the assistant (rule E71).</summary>
    private static ChatMessage.Said AsUser(ChatMessage.Said message) => message with
    {
        Role = Role.User,
        Content = [.. message.Content.Select(b => b is ContentBlock.Text t ? t with { Value = BlockText.OfSystem(t.Value.ToString()) } : b)],
    };
}
