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
        if (tools.Count == 0)
            return false;
        Json.WriteStartArray("tools"u8);
        foreach (var tool in tools)
            WriteTool(tool);
        Json.WriteEndArray();
        return true;
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
