using System.Collections.Frozen;
using System.Text;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Providers.Answers;
using Gateway.Providers.Requests;
using Gateway.Providers.Tools;

namespace Gateway.Providers.Dialects;

/// <summary>One translated request on its way to one provider.</summary>
public sealed class ProviderCall
{
    private readonly ProviderProfile _provider;
    private RequestEstimate? _estimate;
    private Adjustments _adjustments = Adjustments.None;
    private QuirkSet _quirks;

    /// <param name="services">The web tools that the gateway runs for providers that don't.</param>
    public ProviderCall(
        MessagesRequest request, ProviderProfile provider, string upstreamModel, ModelEntry? model, WebServices services = WebServices.None)
    {
        Request = request;
        _provider = Provider = provider;
        UpstreamModel = upstreamModel;
        Model = model;
        Services = services;
        Apply();
        if (request.HasWebTools)
            request.Messages = WebHistory.AsCalls(request.Messages, IsGatewayTool);
    }

    public MessagesRequest Request { get; }

    /// <summary>As this call uses it: over another of its APIs, where it has refused the catalog's.</summary>
    public ProviderProfile Provider { get; private set; }

    public string CatalogDialect => _provider.Dialect.Name;

    /// <summary>Whether the provider is asked for a stream, which need not be what the client asked for.</summary>
    public bool Streams => Adjustments.Stream ?? Request.Stream;

    public string UpstreamModel { get; }

    /// <summary>The web tools that the gateway runs where the provider does not.</summary>
    public WebServices Services { get; }

    /// <summary>The search that the provider makes itself; null where the request has none, or the provider can't make it as it is wanted.</summary>
    public WebTool? OwnSearch
    {
        get
        {
            if (!Request.HasWebTools)
                return null;
            foreach (var tool in Request.Tools)
            {
                if (tool.Web is { Kind: WebToolKind.Search } search && ProviderSearch.Takes(this, search))
                    return search;
            }

            return null;
        }
    }

    /// <summary>Whether the model is given this tool as a function, whose calls the gateway answers.</summary>
    public bool IsGatewayTool(string name)
    {
        foreach (var tool in Request.Tools)
        {
            if (tool.Web is { } web && tool.Name == name)
                return web != OwnSearch && Services.HasFlag(web.Kind == WebToolKind.Search ? WebServices.Search : WebServices.Fetch);
        }

        return false;
    }

    /// <summary>Whether the model can be given a PDF.</summary>
    public bool ReadsPdf =>
        Model?.Capabilities?.Pdf != false
        && (Provider.Dialect.Name != DialectNames.OpenAiChat || Has(Quirk.FileParts) || Has(Quirk.DocumentUrlParts));

    /// <summary>
    /// The conversation goes on: what the model has said, and what its calls of the gateway's tools have brought. Whatever the request had
    /// forced it to call, it has.
    /// </summary>
    public void Continue(IReadOnlyList<ContentBlock> said, IReadOnlyList<ContentBlock> results, bool mayCall)
    {
        var path = Request.Messages[^1].Path;
        Request.Messages = [.. Request.Messages, new InputMessage(Role.Assistant, [.. said], path), new InputMessage(Role.User, [.. results], path)];
        if (!mayCall)
            Request.ToolChoice = new ToolChoice(ToolChoiceKind.None, null, false);
        else if (Request.ToolChoice is { Kind: ToolChoiceKind.Any or ToolChoiceKind.Tool } forced)
            Request.ToolChoice = forced with { Kind = ToolChoiceKind.Auto, Name = null };
        _estimate = null;
    }

    /// <summary>The catalog's entry; null for a model it does not list.</summary>
    public ModelEntry? Model { get; }

    /// <summary>Whether the answer can be held to a JSON schema by the format's own means.</summary>
    public bool SupportsJsonSchema =>
        !Has(Quirk.NoJsonSchema) && Model?.Capabilities?.StructuredOutputs != false
        && (Request.Tools.Count == 0 || !(Has(Quirk.NoJsonSchemaBesideTools) || Gemini.ModelGeneration.HasNoSchemaBesideTools(UpstreamModel)));

    /// <summary>The request forces a call of one of its own tools.</summary>
    public bool AnswersByTool => Request.Tools.Count > 0 && !Has(Quirk.NoForcedTools) && Request.ToolChoice?.Kind is ToolChoiceKind.Any or ToolChoiceKind.Tool;

    /// <summary>The tool whose arguments become the text of the answer; null where none is needed or possible.</summary>
    public Tool? SchemaTool { get; private set; }

    /// <summary>What is sent in place of the tools that a request no longer has.</summary>
    public IReadOnlyList<Tool> HistoryTools { get; private set; } = [];

    /// <summary>The conversation as the client names it; null where it does not.</summary>
    public string? Session { get; init; }

    public ToolNames ToolNames { get; private set; } = null!;

    public ToolIds ToolIds { get; private set; } = null!;

    public Adjustments Adjustments
    {
        get => _adjustments;
        set
        {
            if (ReferenceEquals(value, _adjustments))
                return;
            _adjustments = value;
            Apply();
        }
    }

    /// <summary>
    /// Whether a text without an opening tag may be reasoning whose tag the chat template took, so that it is held back to its end
    /// (rule E86).
    /// </summary>
    public bool HoldsText { get; set; } = true;

    /// <summary>How the answer's text began: true if without any tag of reasoning or with an opening one, null if it does not tell.</summary>
    public bool? TextBeginsOpenly { get; set; }

    /// <summary>A tool will be called, whatever the model makes of it.</summary>
    public bool ForcesTool => !Has(Quirk.NoForcedTools) && Allows("tool_choice") && (AnswersByTool || SchemaTool is not null);

    /// <summary>The stop sequences the provider is given.</summary>
    public IReadOnlyList<string> SentStopSequences =>
        Request.StopSequences.Count == 0 ? [] : [.. Request.StopSequences.Where(IsSendable).Take(MaxStopSequences)];

    /// <summary>The others, which are looked for here (rule E35).</summary>
    public IReadOnlyList<string> LocalStopSequences =>
        Request.StopSequences.Count == 0 ? [] : [.. Request.StopSequences.Except(SentStopSequences, StringComparer.Ordinal)];

    private int MaxStopSequences => Provider.Dialect.Translation switch
    {
        null => int.MaxValue,
        { MaxStopSequences: 0 } => 0,
        _ when Has(Quirk.NoStops) => 0,
        _ when Has(Quirk.NoStopsWhenReasoning) && Model?.Capabilities?.Reasoning != false => 0,
        _ when Has(Quirk.OneStop) => 1,
        _ when Has(Quirk.StopsUpTo16) => 16,
        _ when Has(Quirk.ManyStops) => int.MaxValue,
        var format => format.MaxStopSequences,
    };

    private bool IsSendable(string stop) => !Has(Quirk.ShortStops) || Encoding.UTF8.GetByteCount(stop) <= 32;

    public RequestEstimate Estimate => _estimate ??= RequestEstimate.Of(Request);

    public long InputEstimate => Estimate.Tokens;

    public bool Has(Quirk quirk) => _quirks.Has(quirk);

    /// <summary>Whether a field may be written, after what the provider has said so far.</summary>
    public bool Allows(string field) => !Adjustments.Without.Contains(field);

    /// <summary>What follows from the provider and from what it has taught.</summary>
    private void Apply()
    {
        Provider = _provider.Over(Adjustments.Over);
        _quirks = Provider.Quirks;
        if (Provider.PassesFamiliesOn)
            _quirks = _quirks.Or(ModelFamily.Of(UpstreamModel).Without(Provider.SwitchedOff));
        _quirks = _quirks.Or(Adjustments.Quirks);
        SchemaTool = CallTools.ForSchema(this);
        HistoryTools = Request.Tools.Count == 0 && Has(Quirk.ToolsForHistory) ? CallTools.OfHistory(Request) : [];
        ToolNames = new ToolNames(
            SchemaTool is null ? Request.Tools : [.. Request.Tools, SchemaTool],
            Has(Quirk.ToolNamesBeginWithLetter) ? ToolNameStart.Letter : Provider.Dialect.Translation?.ToolNameStart ?? ToolNameStart.Any);
        ToolIds = new ToolIds(
            Has(Quirk.ToolIdsOfNine) ? ToolIdStyle.NineAlphanumerics : Has(Quirk.ToolIdsUpTo40) ? ToolIdStyle.UpTo40 : ToolIdStyle.UpTo64,
            Provider.Name, UpstreamModel);
    }

    private IReadOnlySet<string> UsedToolIds()
    {
        HashSet<string>? ids = null;
        foreach (var message in Request.Messages)
        {
            foreach (var block in message.Content)
            {
                if (block is ContentBlock.ToolUse call)
                    (ids ??= new HashSet<string>(StringComparer.Ordinal)).Add(call.Id);
            }
        }

        return ids is null ? FrozenSet<string>.Empty : ids;
    }

    public AnswerOptions AnswerOptions(AnswerHead head) => new()
    {
        Head = head,
        Tools = ToolNames,
        Thinking = Request.Thinking,
        InputEstimate = () => InputEstimate,
        UsedToolIds = UsedToolIds(),
        LocalStopSequences = LocalStopSequences,
        Dropped = Request.Dropped,
        SchemaTool = SchemaTool?.Name,
        Provider = Provider.Name,
        UpstreamModel = UpstreamModel,
        ProviderSearches = OwnSearch is not null,
        ReplaysThinking = Has(Quirk.ReplaysReasoningContent) || Has(Quirk.ReplaysReasoning) || Has(Quirk.ReasoningDetails),
    };
}
