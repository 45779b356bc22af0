using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    /// <summary>The largest budget that every model with budgets takes.</summary>
    private const int MostBudget = 24_576;

    /// <summary>
    /// Thinking as a level, or as a budget of tokens for the models before Gemini 3, which know no levels (rule E92). Never both: that is
    /// refused. https://ai.google.dev/gemini-api/docs/thinking
    /// </summary>
    private void WriteThinking()
    {
        var thinking = _request.Thinking;
        if (thinking.Mode == ThinkingMode.Absent && _request.Effort is null)
            return;
        if (_call.Model?.Capabilities?.Reasoning == false || !_call.Allows("thinkingConfig"))
        {
            // A model that does not reason is asked for nothing; that a request forbids it loses nothing.
            if (thinking.Wanted)
                Dropped.Add("thinking");
            if (_request.Effort is not null)
                Dropped.Add("output_config.effort");
            return;
        }

        // Gemini does without its thoughts' text afterwards, so what nobody is shown is not asked for.
        var shown = thinking is { Wanted: true, Omitted: false };
        var levels = ModelGeneration.HasLevels(_call.UpstreamModel);
        if (!_call.Allows(levels ? "thinkingLevel" : "thinkingBudget"))
        {
            NoteAmount();
            WriteConfig(shown, null, null);
        }
        else
        {
            WriteConfig(shown, levels ? Level() : null, levels ? null : Budget());
        }
    }

    private void WriteConfig(bool shown, string? level, int? budget)
    {
        if (!shown && level is null && budget is null)
            return;
        _json.WriteStartObject("thinkingConfig"u8);
        if (shown)
            _json.WriteBoolean("includeThoughts"u8, true);
        if (level is not null)
            _json.WriteString("thinkingLevel"u8, level);
        if (budget is { } tokens)
            _json.WriteNumber("thinkingBudget"u8, tokens);
        _json.WriteEndObject();
    }

    /// <summary>Thinking can't be switched off here; the least that every model knows comes closest.</summary>
    private string? Level() => _request.Thinking.Mode == ThinkingMode.Disabled
        ? "low"
        : EffortLevel.Of(_call) switch
        {
            "xhigh" or "max" => "high",
            var level => level,
        };

    private int Budget() => _request switch
    {
        { Thinking.Mode: ThinkingMode.Disabled } => 0,
        { Effort: "low" } => 2_048,
        { Effort: "medium" } => 8_192,
        { Effort: not null } => MostBudget,
        { Thinking.BudgetTokens: { } given } => Math.Min(given, MostBudget),
        // The model decides.
        _ => -1,
    };

    private void NoteAmount()
    {
        if (_request.Effort is not null)
            Dropped.Add("output_config.effort");
        if (_request.Thinking.BudgetTokens is not null)
            Dropped.Add("thinking.budget_tokens");
    }
}
