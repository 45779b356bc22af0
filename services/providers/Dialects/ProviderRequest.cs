using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Providers.Requests;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects;

/// <summary>A request being written for a provider: the decisions that are the same in every wire format, however it then spells them.</summary>
internal abstract class ProviderRequest(ProviderCall call, Utf8JsonWriter json)
{
    /// <summary>Anthropic's own, which its models have wherever they are served.</summary>
    private const int MinThinkingBudget = 1024;

    protected ProviderCall Call => call;

    protected MessagesRequest Request => call.Request;

    protected Utf8JsonWriter Json => json;

    protected DroppedFields Dropped => call.Request.Dropped;

    /// <summary>The output limit: the client's, no more than the model is known or has been found to allow (rule E109).</summary>
    protected int? MaxTokens()
    {
        if (Request.MaxTokens is not { } most)
            return null;
        if (Call.Model?.MaxOutputTokens is { } limit)
            most = Math.Min(most, limit);
        if (Call.Adjustments.MaxTokens is { } learnt)
            most = Math.Min(most, learnt);
        return Math.Max(most, Call.Adjustments.LeastTokens ?? 0);
    }

    /// <summary>
    /// The tokens for thinking: a lower output limit lowers them as well, since they have to be less than it and leave room for the answer.
    /// Null where none are asked for, or the limit is too low for any.
    /// </summary>
    protected int? ThinkingBudget()
    {
        if (Request.Thinking.BudgetTokens is not { } budget || MaxTokens() is not { } limit)
            return Request.Thinking.BudgetTokens;
        if (limit < Request.MaxTokens)
            budget = (int)((long)budget * limit / Request.MaxTokens.Value);
        if (budget >= limit)
            budget = limit - (limit / 5);
        budget = Math.Max(budget, MinThinkingBudget);
        // Where nothing was lowered, what can't be is the client's own demand.
        return budget < limit ? budget : limit < Request.MaxTokens ? null : Request.Thinking.BudgetTokens;
    }

    /// <param name="field">The client's name of it, which also is the one adjustments go by.</param>
    /// <param name="name">The provider's.</param>
    protected void WriteNumber(string field, string name, double? value, bool refused = false)
    {
        if (value is not { } number)
            return;
        if (refused || !Call.Allows(field))
            Dropped.Add(field);
        else
            Json.WriteNumber(name, number);
    }

    /// <summary>
    /// Whether reasoning can be asked for at all. A model that does not reason is asked for nothing (rule E92); that a request forbids it
    /// loses nothing.
    /// </summary>
    protected bool AsksForReasoning(string field)
    {
        if (Request.Thinking.Mode == ThinkingMode.Absent && Request.Effort is null)
            return false;
        if (Call.Model?.Capabilities?.Reasoning != false && Call.Allows(field))
            return true;
        NoteReasoning();
        return false;
    }

    protected void NoteReasoning()
    {
        if (Request.Thinking.Wanted)
            Dropped.Add("thinking");
        if (Request.Effort is not null)
            Dropped.Add("output_config.effort");
    }

    /// <summary>The tools to send: the client's, those rebuilt from a history (rule E67), the one that stands for a JSON schema (rule E100).</summary>
    protected IReadOnlyList<Tool> Tools()
    {
        var tools = ClientTools();
        if (Call.SchemaTool is { } schema)
            tools = [.. tools, .. Call.HistoryTools, schema];
        else if (Call.HistoryTools.Count > 0)
            tools = [.. tools, .. Call.HistoryTools];
        if (tools.Count > 0 && Call.Model?.Capabilities?.Tools == false)
            throw GatewayException.Invalid("tools: this model can't call tools");
        foreach (var tool in tools)
        {
            if (tool.Cache is not null)
                Dropped.Add("tools.cache_control");
        }

        return tools;
    }

    /// <summary>All of the client's, unless the one that is forced can't be named in any other way.</summary>
    private IReadOnlyList<Tool> ClientTools()
    {
        var tools = Request.HasWebTools ? Functions() : Request.Tools;
        if (!Call.Has(Quirk.ToolChoiceByWord))
            return tools;
        var choice = Request.ToolChoice;
        if (choice?.Kind == ToolChoiceKind.Tool && Call.ForcesTool && tools.Any(t => t.Name == choice.Name))
            return [.. tools.Where(t => t.Name == choice.Name)];
        return Call.SchemaTool is not null && choice?.Kind == ToolChoiceKind.None ? [] : tools;
    }

    /// <summary>The tools that the model is given as functions: all but the search that its provider makes.</summary>
    /// <exception cref="GatewayException">There is a web tool that nobody runs.</exception>
    private List<Tool> Functions()
    {
        var functions = new List<Tool>(Request.Tools.Count);
        var own = Call.OwnSearch;
        foreach (var tool in Request.Tools)
        {
            if (tool.Web is not { } web || Call.IsGatewayTool(tool.Name))
                functions.Add(tool);
            else if (web != own)
                throw GatewayException.Invalid($"{web.Path}: {RunByAnthropic(web.Type)}");
        }

        return functions;
    }

    internal static string RunByAnthropic(string type) =>
        $"The tool {type} is run by Anthropic and can't be used with this model. Use an Anthropic model, or give a tool of your own with an input_schema";

    /// <summary>Whether the choice names the search that the provider makes itself.</summary>
    protected bool IsOwnSearch(ToolChoice choice) =>
        choice.Kind == ToolChoiceKind.Tool && choice.Name == WebTool.SearchName && Call.OwnSearch is not null;

    /// <summary>Whether the provider can be made to use its own search.</summary>
    protected virtual bool ForcesOwnSearch => false;

    /// <summary>Notes what of a search its provider can't be told.</summary>
    protected void NoteSearch(bool maxUses = false, bool allowed = false, bool blocked = false, bool location = false)
    {
        var search = Call.OwnSearch!;
        if (maxUses && search.MaxUses is not null)
            Dropped.Add("tools.max_uses");
        if (allowed && search.AllowedDomains.Count > 0)
            Dropped.Add("tools.allowed_domains");
        if (blocked && search.BlockedDomains.Count > 0)
            Dropped.Add("tools.blocked_domains");
        if (location && search.Location is not null)
            Dropped.Add("tools.user_location");
    }

    /// <summary>What to say of the choice among <see cref="Tools"/>, and of several calls at once; null for nothing (rules E64-E66).</summary>
    /// <param name="hasSwitch">The format has a way to allow and forbid several calls at once.</param>
    protected (ToolChoice? Choice, bool? Parallel) Choice(bool hasSwitch = true)
    {
        var choice = Choose();
        var allowed = Allowed(choice);
        var switches = hasSwitch && Call.Allows("parallel_tool_calls");
        if (choice is not { DisableParallel: true })
            return (allowed, switches && Call.Has(Quirk.ParallelToolsOnRequest) && choice?.Kind != ToolChoiceKind.None ? true : null);
        if (switches && !Call.Has(Quirk.NoParallelToolCalls))
            return (allowed, false);
        if (Request.ToolChoice?.DisableParallel == true)
            Dropped.Add("tool_choice.disable_parallel_tool_use");
        return (allowed, null);
    }

    private ToolChoice? Choose()
    {
        if (Call.SchemaTool is { } schema)
        {
            // The answer is a call: of this tool, or of one of the client's while it may still call them.
            var only = Request.Tools.Count == 0 || Request.ToolChoice?.Kind == ToolChoiceKind.None;
            return only ? new ToolChoice(ToolChoiceKind.Tool, schema.Name, true) : new ToolChoice(ToolChoiceKind.Any, null, true);
        }

        if (Request.Tools.Count == 0)
            return Call.HistoryTools.Count > 0 ? new ToolChoice(ToolChoiceKind.None, null, false) : null;
        return Request.ToolChoice;
    }

    /// <summary>A provider that can't be made to call a tool is left to decide.</summary>
    private ToolChoice? Allowed(ToolChoice? choice)
    {
        if (choice is not { Kind: ToolChoiceKind.Any or ToolChoiceKind.Tool }
            || (!Call.Has(Quirk.NoForcedTools) && Call.Allows("tool_choice") && (ForcesOwnSearch || !IsOwnSearch(choice))))
            return choice;
        Dropped.Add("tool_choice");
        return null;
    }

    /// <summary>Whether the answer is to be held to a JSON schema by the format's own means (rule E100).</summary>
    /// <exception cref="GatewayException">It can't be held to it by any.</exception>
    protected bool WritesSchema()
    {
        if (Request.OutputSchema.IsAbsent)
            return false;
        if (Call.SupportsJsonSchema)
            return true;
        if (Call.AnswersByTool)
            Dropped.Add("output_config.format");
        else if (Call.SchemaTool is null || !Call.Allows("tool_choice"))
            throw GatewayException.Invalid(
                "output_config.format: this model can't be held to a JSON schema. Give it a tool with that schema and force it with tool_choice");
        return false;
    }

    /// <summary>The user's id as a hash (rule E81); null where there is none or the provider takes none.</summary>
    protected string? SafetyIdentifier()
    {
        if (Request.UserId is not { } user)
            return null;
        if (Call.Has(Quirk.SafetyIdentifier) && Call.Allows("safety_identifier"))
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(user)));
        Dropped.Add("metadata.user_id");
        return null;
    }

    /// <summary>The signature of a thinking block that was made of this very model's reasoning; no other model is given it (rule E91).</summary>
    protected ThinkingSignature? OwnSignature(ContentBlock.Thinking block) =>
        block.Signature.StartsWith(ThinkingSignature.Prefix) && Call.Allows(Adjustments.ReasoningItems)
            ? ThinkingSignature.Own(block.Signature.ToString(), Call.Provider.Name, Call.UpstreamModel) : null;

    /// <summary>What this very model wants to see again with a call it made; null where there is nothing.</summary>
    protected CallState? OwnState(ContentBlock.ToolUse call) => CallState.Find(Call.Provider.Name, Call.UpstreamModel, call.Id);

    /// <summary>Thinking that can't go back is never shown as text (rule E94).</summary>
    protected void NoteThinking(ContentBlock block) => Dropped.Add(block is ContentBlock.RedactedThinking ? "content.redacted_thinking" : "content.thinking");

    protected void NoteCache(ContentBlock block)
    {
        if (block.Cache is not null)
            Dropped.Add("cache_control");
    }

    protected void CheckReadsImages(ContentBlock.Image image)
    {
        if (Call.Model?.Capabilities?.Images == false)
            throw GatewayException.Invalid($"{RefusedPath(image.Path, "image")}: this model can't read images");
    }

    /// <summary>Where Anthropic would say that a block is: Claude Code reads it, leaves that image or document out and goes on.</summary>
    private static string RefusedPath(Place path, string type) =>
        path.Parent is { Parent: { Parent.Name: "content" } result } content ? $"{result}.tool_result.{content.Name}.{path.Index}.{type}" : $"{path}.{type}";

    /// <summary>The wording is Anthropic's own: a provider that can't continue an assistant's words would answer to them instead (rule E40).</summary>
    protected static GatewayException NoPrefill(ContentBlock block) =>
        GatewayException.Invalid($"{block.Path}: This model does not support assistant message prefill. The conversation must end with a user message.");

    protected static GatewayException NoDocument(ContentBlock document) =>
        GatewayException.Invalid($"{RefusedPath(document.Path, "document")}: this model does not support PDF input. Send the text of the document instead");

    protected static GatewayException NotFetched(Place path, string what) =>
        GatewayException.Invalid($"{path}.source: this provider does not fetch {what}. Send the {what.TrimEnd('s')} as base64");

    protected static GatewayException NoSuchSource(Place path) => GatewayException.Invalid($"{path}.source.type: Input should be 'base64' or 'url'");

    protected static string FileName(ContentBlock.Document document)
    {
        var title = document.Title ?? "document.pdf";
        return title.EndsWith(".pdf", StringComparison.OrdinalIgnoreCase) ? title : $"{title}.pdf";
    }

    /// <summary>
    /// The text of a tool result. What a result can't hold is named in it and goes into <paramref name="media"/>, to follow as a part of
    /// its own (rules E60-E62).
    /// </summary>
    protected RequestText ResultText(ContentBlock.ToolResult result, List<ContentBlock> media)
    {
        NoteCache(result);
        var text = default(JoinedText);
        foreach (var block in result.Content)
        {
            NoteCache(block);
            text.Add(BlockText.Of(block) ?? Attach(block, media), "\n");
        }

        return text.Text;
    }

    private static RequestText Attach(ContentBlock block, List<ContentBlock> media)
    {
        var label = $"[{(block is ContentBlock.Image ? "image" : "document")} {1 + media.Count(b => b is not ContentBlock.Text)}]";
        media.Add(new ContentBlock.Text(block.Path, label));
        media.Add(block with { Cache = null });
        return label;
    }
}
