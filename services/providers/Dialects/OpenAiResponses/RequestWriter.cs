using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Contracts.Json;
using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>Writes a Responses request: parameters here, input items, media and tools in the other parts of this class.</summary>
internal sealed partial class RequestWriter : OpenAiRequest
{
    /// <summary>Less is refused by the API; clients ask for 1 to find out whether a model answers at all.</summary>
    private const int MinOutputTokens = 16;

    /// <summary>The addresses that a search has found, beyond those that the text cites.</summary>
    private const string Sources = "web_search_call.action.sources";

    private RequestWriter(ProviderCall call, Utf8JsonWriter json)
        : base(call, json)
    {
    }

    public static void Write(ProviderCall call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        new RequestWriter(call, json).Write();
    }

    /// <summary>The part of the request that counts; the counter refuses the rest.</summary>
    public static void WriteForCounting(ProviderCall call, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, GatewayJson.WriterOptions);
        new RequestWriter(call, json).WriteForCounting();
    }

    private void Write()
    {
        Json.WriteStartObject();
        Json.WriteString("model"u8, Call.UpstreamModel);
        WriteInput();
        WriteLimits();
        WriteSampling();
        WriteTools();
        WriteMaxToolCalls();
        WriteInclude();
        WriteReasoning();
        WriteOutputFormat();
        WriteUser();
        // The conversation is the client's; nothing of it stays at the provider.
        if (Call.Allows("store"))
            Json.WriteBoolean("store"u8, false);
        if (Call.Streams)
            Json.WriteBoolean("stream"u8, true);
        Json.WriteEndObject();
    }

    private void WriteForCounting()
    {
        Json.WriteStartObject();
        Json.WriteString("model"u8, Call.UpstreamModel);
        WriteInput();
        WriteTools();
        WriteReasoning();
        WriteOutputFormat();
        Json.WriteEndObject();
    }

    private void WriteLimits()
    {
        if (MaxTokens() is { } limit && Call.Allows("max_output_tokens"))
            Json.WriteNumber("max_output_tokens"u8, Math.Max(limit, MinOutputTokens));
    }

    private void WriteSampling()
    {
        var refused = Call.Has(Quirk.NoSamplingWhenReasoning) && Call.Model?.Capabilities?.Reasoning == true;
        WriteNumber("temperature", "temperature", Request.Temperature, refused);
        WriteNumber("top_p", "top_p", Request.TopP, refused);
        WriteNumber("top_k", "top_k", Request.TopK, !Call.Has(Quirk.TopK));
    }

    /// <summary>What the provider tells only where it is asked to.</summary>
    private void WriteInclude()
    {
        // A model that reasons unasked wants its thoughts back with the results of its calls.
        var reasoning = Call.Allows("include") && Call.Allows("reasoning")
            && (Request.Thinking.Mode == ThinkingMode.Absent ? ReasonsUnasked() : WantsReasoning());
        var sources = Call.OwnSearch is not null && !Call.Has(Quirk.ExcludedDomains) && Call.Allows(Sources);
        if (!reasoning && !sources)
            return;
        Json.WriteStartArray("include"u8);
        if (reasoning)
            Json.WriteStringValue("reasoning.encrypted_content"u8);
        if (sources)
            Json.WriteStringValue(Sources);
        Json.WriteEndArray();
    }

    private void WriteReasoning()
    {
        if (!AsksForReasoning("reasoning"))
            return;
        var thinking = Request.Thinking;
        var effort = thinking.Mode != ThinkingMode.Disabled ? EffortLevel.Of(Call) : Call.Has(Quirk.ReasoningEffortNone) ? "none" : null;
        if (!Call.Allows("reasoning.effort"))
        {
            NoteReasoning();
            effort = null;
        }

        // A summary is all that is ever shown of the reasoning, and it has to be asked for.
        var summary = thinking is { Wanted: true, Omitted: false } && Call.Allows("reasoning.summary");
        if (effort is not null || summary)
        {
            Json.WriteStartObject("reasoning"u8);
            if (effort is not null)
                Json.WriteString("effort"u8, effort);
            if (summary)
                Json.WriteString("summary"u8, "auto"u8);
            Json.WriteEndObject();
        }
    }

    private bool WantsReasoning() => Request.Thinking.Wanted && Call.Model?.Capabilities?.Reasoning != false;

    private bool ReasonsUnasked() =>
        Request.Tools.Count > 0 && (Call.Model?.Capabilities?.Reasoning ?? ReasoningModels().IsMatch(Call.UpstreamModel));

    [GeneratedRegex(@"^(?:.*/)?(?:gpt-[5-9]|o\d)(?!.*-chat)", RegexOptions.IgnoreCase)]
    private static partial Regex ReasoningModels();

    private void WriteOutputFormat()
    {
        if (!WritesSchema())
            return;
        Json.WriteStartObject("text"u8);
        Json.WriteStartObject("format"u8);
        Json.WriteString("type"u8, "json_schema"u8);
        Json.WriteString("name"u8, "response"u8);
        if (Call.Allows("strict") && StrictSchema.Allows(Request.OutputSchema.Parse()))
            Json.WriteBoolean("strict"u8, true);
        Json.WritePropertyName("schema"u8);
        SchemaRules.Write(Json, Request.OutputSchema, Call);
        Json.WriteEndObject();
        Json.WriteEndObject();
    }
}
