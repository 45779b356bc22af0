using System.Text.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects;

/// <summary>What a request of OpenAI's two formats, Chat Completions and Responses, spells alike.</summary>
internal abstract class OpenAiRequest(ProviderCall call, Utf8JsonWriter json) : ProviderRequest(call, json)
{
    /// <summary>Who asks, and in which conversation.</summary>
    protected void WriteUser()
    {
        if (SafetyIdentifier() is { } user)
            Json.WriteString("safety_identifier"u8, user);
        if (Call.Has(Quirk.PromptCacheKey) && Call.Allows("prompt_cache_key") && CacheAffinity.KeyOf(Call) is { } key)
            Json.WriteString("prompt_cache_key"u8, key);
    }

    /// <summary><c>tools</c>, and what goes only with them: <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
    protected void WriteTools()
    {
        if (!WriteToolList())
            return;
        var (choice, parallel) = Choice();
        if (choice is not null)
        {
            Json.WritePropertyName("tool_choice"u8);
            WriteToolChoice(choice);
        }

        if (parallel is { } several)
            Json.WriteBoolean("parallel_tool_calls"u8, several);
    }

    /// <returns>False where there is nothing to list.</returns>
    protected bool WriteToolList()
    {
        var tools = Tools();
        var search = ListsSearch ? Call.OwnSearch : null;
        if (tools.Count == 0 && search is null)
            return false;
        Json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
            WriteTool(tool);
        if (search is not null)
            WriteSearch(search);
        Json.WriteEndArray();
        return true;
    }

    /// <summary>Whether the search that the provider makes itself is one of its tools.</summary>
    protected abstract bool ListsSearch { get; }

    /// <summary>That item of <c>tools</c>.</summary>
    protected abstract void WriteSearch(WebTool search);

    protected void WriteDomains(string name, IReadOnlyList<string> domains)
    {
        if (domains.Count == 0)
            return;
        Json.WriteStartArray(name);
        foreach (var domain in domains)
            Json.WriteStringValue(domain);
        Json.WriteEndArray();
    }

    /// <summary>OpenAI's form of a place is Anthropic's.</summary>
    protected void WriteLocation(WebTool search)
    {
        if (search.Location is not { } location)
            return;
        Json.WriteStartObject("user_location"u8);
        Json.WriteString("type"u8, "approximate"u8);
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)
            [("city", location.City), ("region", location.Region), ("country", location.Country), ("timezone", location.Timezone)])
        {
            if (value is not null)
                Json.WriteString(name, value);
        }

        Json.WriteEndObject();
    }

    /// <summary>One item of <c>tools</c>.</summary>
    protected abstract void WriteTool(Tool tool);

    /// <summary>The value of <c>tool_choice</c>.</summary>
    protected abstract void WriteToolChoice(ToolChoice choice);

    /// <summary>The value of an image's URL: its address, or a data URL.</summary>
    /// <exception cref="Contracts.Errors.GatewayException">The provider can't be given an image of this source.</exception>
    protected void WriteImageUrl(ContentBlock.Image image)
    {
        switch (image.Source)
        {
            case MediaSource.Base64 inline:
                Json.WriteBase64($"data:{inline.MediaType};base64,", inline);
                break;
            case MediaSource.Url url when !Call.Has(Quirk.NoImageUrls):
                Json.WriteStringValue(url.Address);
                break;
            case MediaSource.Url:
                throw NotFetched(image.Path, "images");
            default:
                throw NoSuchSource(image.Path);
        }
    }
}
