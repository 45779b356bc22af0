using Gateway.Providers.Requests;

namespace Gateway.Providers.Dialects.Gemini;

internal sealed partial class RequestWriter
{
    /// <summary>The largest budget that every model with budgets takes.</summary>
    private const int MaxBudget = 24_576;

    /// <summary>
    /// Thinking as a level, or as a budget of tokens for the models before Gemini 3, which know no levels (rule E92). Never both: that is
    /// refused. https://ai.google.dev/gemini-api/docs/thinking
    /// </summary>
    private void WriteThinking()
    {
        if (!AsksForReasoning("thinkingConfig"))
            return;
        var thinking = Request.Thinking;
        // Gemini does without its thoughts' text afterwards, so what nobody is shown is not asked for.
        var shown = thinking is { Wanted: true, Omitted: false } && Call.Allows("includeThoughts");
        var levels = ModelGeneration.HasLevels(Call.UpstreamModel);
        if (!Call.Allows(levels ? "thinkingLevel" : "thinkingBudget"))
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
        Json.WriteStartObject("thinkingConfig"u8);
        if (shown)
            Json.WriteBoolean("includeThoughts"u8, true);
        if (level is not null)
            Json.WriteString("thinkingLevel"u8, level);
        if (budget is { } tokens)
            Json.WriteNumber("thinkingBudget"u8, tokens);
        Json.WriteEndObject();
    }

    /// <summary>Thinking can't be switched off here; the least that every model knows comes closest.</summary>
    private string? Level() => Request.Thinking.Mode == ThinkingMode.Disabled
        ? "low"
        : EffortLevel.Of(Call) switch
        {
            "xhigh" or "max" => "high",
            var level => level,
        };

    private int Budget() => Request switch
    {
        { Thinking.Mode: ThinkingMode.Disabled } => 0,
        { Effort: "low" } => 2_048,
        { Effort: "medium" } => 8_192,
        { Effort: not null } => MaxBudget,
        { Thinking.BudgetTokens: not null } => Math.Min(ThinkingBudget() ?? 0, MaxBudget),
        // The model decides.
        _ => -1,
    };

    private void NoteAmount()
    {
        if (Request.Effort is not null)
            Dropped.Add("output_config.effort");
        if (Request.Thinking.BudgetTokens is not null)
            Dropped.Add("thinking.budget_tokens");
    }
}
