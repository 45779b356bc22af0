using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    /// <summary>How each family of providers is asked to think, and how much (rule E92).</summary>
    private void WriteReasoning()
    {
        var yields = Call.Has(Quirk.ForcedToolsEndThinking) && Call.ForcesTool && Call.Model?.Capabilities?.Reasoning != false;
        // Each way to ask has a field of its own.
        var asks = AsksForReasoning("") || yields;
        if (!Call.Allows(Adjustments.EffortOverNone))
        {
            NoteReasoning();
            Json.WriteString("reasoning_effort"u8, "none"u8);
            return;
        }

        if (!asks)
            return;
        var thinking = Request.Thinking;
        if (yields)
        {
            // A forced tool is the harder demand: without it the caller has no answer it can use.
            NoteReasoning();
            thinking = thinking with { Mode = ThinkingMode.Disabled, BudgetTokens = null };
        }
        if (Call.Has(Quirk.ReasoningDetails) && Call.Allows("reasoning"))
            WriteReasoningObject(thinking);
        else if (Call.Has(Quirk.ThinkingSwitch) && Call.Allows("thinking"))
            WriteThinkingSwitch(thinking);
        else if (Call.Has(Quirk.EnableThinking) && Call.Allows("enable_thinking"))
            WriteEnableThinking(thinking);
        else if (Call.Has(Quirk.TemplateThinking) && Call.Allows("chat_template_kwargs"))
            WriteTemplateThinking(thinking);
        else if (Call.Has(Quirk.ReasoningEffort) && Call.Allows(Adjustments.Effort))
            WriteEffort(thinking);
        else
            NoteReasoning();
    }

    private void WriteEffort(ThinkingOptions thinking)
    {
        var switched = thinking.Mode != ThinkingMode.Absent && Call.Has(Quirk.ReasoningSwitch) && Call.Allows("reasoning");
        if (switched)
        {
            Json.WriteStartObject("reasoning"u8);
            Json.WriteBoolean("enabled"u8, thinking.Wanted);
            Json.WriteEndObject();
        }

        if (thinking.Mode == ThinkingMode.Disabled)
        {
            if (Call.Has(Quirk.ReasoningEffortNone) && !switched)
                Json.WriteString("reasoning_effort"u8, "none"u8);
        }
        else if (EffortLevel.Of(Call) is { } effort)
            Json.WriteString("reasoning_effort"u8, effort);
    }

    private void WriteReasoningObject(ThinkingOptions thinking)
    {
        Json.WriteStartObject("reasoning"u8);
        if (thinking.Mode == ThinkingMode.Disabled)
            Json.WriteBoolean("enabled"u8, false);
        else if (Request.Effort is null && ThinkingBudget() is { } budget)
            Json.WriteNumber("max_tokens"u8, budget);
        else if (EffortLevel.Of(Call) is { } effort)
            Json.WriteString("effort"u8, effort);
        else
            Json.WriteBoolean("enabled"u8, true);
        Json.WriteEndObject();
    }

    private void WriteThinkingSwitch(ThinkingOptions thinking)
    {
        if (thinking.Mode != ThinkingMode.Absent)
        {
            Json.WriteStartObject("thinking"u8);
            Json.WriteString("type"u8, thinking.Wanted ? "enabled"u8 : "disabled"u8);
            Json.WriteEndObject();
        }

        var switched = thinking.Mode != ThinkingMode.Absent;
        if (Call.Has(Quirk.ReasoningEffort) && Call.Allows(Adjustments.Effort) && thinking.Mode != ThinkingMode.Disabled
            && !(switched && Call.Has(Quirk.SwitchOrEffort)))
            WriteEffort(thinking);
        else if (Request.Effort is not null)
            Dropped.Add("output_config.effort");
    }

    private void WriteEnableThinking(ThinkingOptions thinking)
    {
        if (thinking.Mode != ThinkingMode.Absent)
            Json.WriteBoolean("enable_thinking"u8, thinking.Wanted);
        if (thinking.Wanted && ThinkingBudget() is { } budget && Call.Allows("thinking_budget"))
            Json.WriteNumber("thinking_budget"u8, budget);
        if (Request.Effort is not null)
            Dropped.Add("output_config.effort");
    }

    private void WriteTemplateThinking(ThinkingOptions thinking)
    {
        if (thinking.Mode != ThinkingMode.Absent)
        {
            Json.WriteStartObject("chat_template_kwargs"u8);
            Json.WriteBoolean("enable_thinking"u8, thinking.Wanted);
            Json.WriteEndObject();
        }

        if (Call.Has(Quirk.ReasoningEffort) && Call.Allows(Adjustments.Effort))
            WriteEffort(thinking);
        else if (Request.Effort is not null)
            Dropped.Add("output_config.effort");
    }
}
