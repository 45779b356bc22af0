using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.OpenAiChat;

internal sealed partial class RequestWriter
{
    /// <summary>How each family of providers is asked to think, and how much (rule E92).</summary>
    private void WriteReasoning()
    {
        var thinking = _request.Thinking;
        var yields = _call.Has(Quirk.ForcedToolsEndThinking) && _call.ForcesTool;
        if (thinking.Mode == ThinkingMode.Absent && _request.Effort is null && !yields)
            return;
        if (_call.Model?.Capabilities?.Reasoning == false)
        {
            // A model that does not reason is asked for nothing; that a request forbids it loses nothing.
            NoteReasoning();
            return;
        }

        if (yields)
        {
            // A forced tool is the harder demand: without it the caller has no answer it can use.
            NoteReasoning();
            thinking = thinking with { Mode = ThinkingMode.Disabled, BudgetTokens = null };
        }

        if (_call.Has(Quirk.ReasoningDetails) && _call.Allows("reasoning"))
            WriteReasoningObject(thinking);
        else if (_call.Has(Quirk.ThinkingSwitch) && _call.Allows("thinking"))
            WriteThinkingSwitch(thinking);
        else if (_call.Has(Quirk.EnableThinking) && _call.Allows("enable_thinking"))
            WriteEnableThinking(thinking);
        else if (_call.Has(Quirk.TemplateThinking) && _call.Allows("chat_template_kwargs"))
            WriteTemplateThinking(thinking);
        else if (_call.Has(Quirk.ReasoningEffort) && _call.Allows(Adjustments.Effort))
            WriteEffort(thinking);
        else
            NoteReasoning();
    }

    private void NoteReasoning()
    {
        if (_request.Thinking.Wanted)
            Dropped.Add("thinking");
        if (_request.Effort is not null)
            Dropped.Add("output_config.effort");
    }

    private void WriteEffort(ThinkingOptions thinking)
    {
        var switched = thinking.Mode != ThinkingMode.Absent && _call.Has(Quirk.ReasoningSwitch) && _call.Allows("reasoning");
        if (switched)
        {
            _json.WriteStartObject("reasoning"u8);
            _json.WriteBoolean("enabled"u8, thinking.Wanted);
            _json.WriteEndObject();
        }

        if (thinking.Mode == ThinkingMode.Disabled)
        {
            if (_call.Has(Quirk.ReasoningEffortNone) && !switched)
                _json.WriteString("reasoning_effort"u8, "none"u8);
        }
        else if (EffortLevel.Of(_call) is { } effort)
            _json.WriteString("reasoning_effort"u8, effort);
    }

    private void WriteReasoningObject(ThinkingOptions thinking)
    {
        _json.WriteStartObject("reasoning"u8);
        if (thinking.Mode == ThinkingMode.Disabled)
            _json.WriteBoolean("enabled"u8, false);
        else if (_request.Effort is null && thinking.BudgetTokens is { } budget)
            _json.WriteNumber("max_tokens"u8, budget);
        else if (EffortLevel.Of(_call) is { } effort)
            _json.WriteString("effort"u8, effort);
        else
            _json.WriteBoolean("enabled"u8, true);
        _json.WriteEndObject();
    }

    private void WriteThinkingSwitch(ThinkingOptions thinking)
    {
        if (thinking.Mode != ThinkingMode.Absent)
        {
            _json.WriteStartObject("thinking"u8);
            _json.WriteString("type"u8, thinking.Wanted ? "enabled"u8 : "disabled"u8);
            _json.WriteEndObject();
        }

        var switched = thinking.Mode != ThinkingMode.Absent;
        if (_call.Has(Quirk.ReasoningEffort) && _call.Allows(Adjustments.Effort) && thinking.Mode != ThinkingMode.Disabled && !(switched && _call.Has(Quirk.SwitchOrEffort)))
            WriteEffort(thinking);
        else if (_request.Effort is not null)
            Dropped.Add("output_config.effort");
    }

    private void WriteEnableThinking(ThinkingOptions thinking)
    {
        if (thinking.Mode != ThinkingMode.Absent)
            _json.WriteBoolean("enable_thinking"u8, thinking.Wanted);
        if (thinking.BudgetTokens is { } budget)
            _json.WriteNumber("thinking_budget"u8, budget);
        if (_request.Effort is not null)
            Dropped.Add("output_config.effort");
    }

    private void WriteTemplateThinking(ThinkingOptions thinking)
    {
        if (thinking.Mode != ThinkingMode.Absent)
        {
            _json.WriteStartObject("chat_template_kwargs"u8);
            _json.WriteBoolean("enable_thinking"u8, thinking.Wanted);
            _json.WriteEndObject();
        }

        if (_call.Has(Quirk.ReasoningEffort) && _call.Allows(Adjustments.Effort))
            WriteEffort(thinking);
        else if (_request.Effort is not null)
            Dropped.Add("output_config.effort");
    }
}
