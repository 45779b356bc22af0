using System.Text.Json;
using Gateway.Contracts.Names;

namespace Gateway.Providers.Answers;

/// <summary>The parts that a message and its events have in common.</summary>
internal static class MessageJson
{
    public static void WriteHead(Utf8JsonWriter json, AnswerHead head)
    {
        json.WriteString("id"u8, head.MessageId);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, head.Model);
    }

    public static void WriteToolHead(Utf8JsonWriter json, BlockKind kind, string id, string name)
    {
        json.WriteString("type"u8, kind == BlockKind.ServerToolUse ? "server_tool_use"u8 : "tool_use"u8);
        json.WriteString("id"u8, id);
        json.WriteString("name"u8, name);
        WriteCaller(json);
    }

    /// <summary>The official C# SDK refuses a tool_use without it.</summary>
    public static void WriteCaller(Utf8JsonWriter json)
    {
        json.WriteStartObject("caller"u8);
        json.WriteString("type"u8, "direct"u8);
        json.WriteEndObject();
    }

    public static void WriteStop(Utf8JsonWriter json, in Stop stop)
    {
        json.WriteString("stop_reason"u8, stop.Reason);
        json.WriteString("stop_sequence"u8, stop.Sequence);
        if (stop.Reason != StopReasons.Refusal)
            return;
        json.WriteStartObject("stop_details"u8);
        json.WriteString("type"u8, "refusal"u8);
        json.WriteNull("category"u8);
        json.WriteString("explanation"u8, stop.Explanation);
        json.WriteEndObject();
    }

    /// <summary>The only kind of citation that names an address. What it is encrypted for is Anthropic's alone, so that says whose it is.</summary>
    public static void WriteCitation(Utf8JsonWriter json, in Citation citation)
    {
        json.WriteString("type"u8, "web_search_result_location"u8);
        json.WriteString("cited_text"u8, citation.Quote);
        json.WriteString("encrypted_index"u8, MintedThinking.CitationIndex);
        json.WriteString("title"u8, citation.Title);
        json.WriteString("url"u8, citation.Url);
    }

    public static void WriteUsage(Utf8JsonWriter json, in AnswerUsage usage)
    {
        json.WritePropertyName("usage"u8);
        WriteUsageValue(json, usage);
    }

    public static void WriteUsageValue(Utf8JsonWriter json, in AnswerUsage usage)
    {
        json.WriteStartObject();
        Write(json, "input_tokens"u8, usage.Input);
        Write(json, "cache_creation_input_tokens"u8, usage.CacheCreation);
        Write(json, "cache_read_input_tokens"u8, usage.CacheRead);
        Write(json, "output_tokens"u8, usage.Output);
        if (usage.Thinking is { } thinking)
        {
            json.WriteStartObject("output_tokens_details"u8);
            json.WriteNumber("thinking_tokens"u8, thinking);
            json.WriteEndObject();
        }

        if (usage.WebSearches is not null || usage.WebFetches is not null)
        {
            json.WriteStartObject("server_tool_use"u8);
            json.WriteNumber("web_search_requests"u8, usage.WebSearches ?? 0);
            json.WriteNumber("web_fetch_requests"u8, usage.WebFetches ?? 0);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }
}
