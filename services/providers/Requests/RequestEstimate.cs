using Gateway.Contracts.Errors;
using Gateway.Providers.Text;

namespace Gateway.Providers.Requests;

/// <summary>The input tokens of a request as estimated here: system, messages, tools, images, documents (rule E149).</summary>
/// <param name="WithinPercent">
/// How far off it may be, as measured on samples; null with images or PDF documents, which every provider counts in its own way.
/// </param>
public readonly record struct RequestEstimate(long Tokens, int? WithinPercent)
{
    private const int PerMessage = 4;
    private const int PerTool = 12;

    /// <summary>What a provider adds once it is given any tools.</summary>
    private const int ToolPreamble = 40;

    /// <summary>More than this share of another script, and the text is no longer what the better figure was measured on.</summary>
    private const double ForeignShare = 0.1;

    public static RequestEstimate Of(MessagesRequest request)
    {
        var sum = new Sum { Tokens = 3 };
        foreach (var text in request.System)
            sum.Add(text.Value);
        foreach (var message in request.Messages)
        {
            sum.Tokens += PerMessage;
            sum.Add(message.Content);
        }

        if (request.Tools.Count > 0)
            sum.Tokens += ToolPreamble;
        foreach (var tool in request.Tools)
        {
            sum.Tokens += PerTool;
            sum.Add(tool.Name);
            sum.Add(tool.Description);
            sum.Add(tool.InputSchema);
        }

        sum.Add(request.OutputSchema);
        int? within = sum.HasMedia ? null : sum.Foreign > sum.Tokens * ForeignShare ? TokenEstimate.ForeignPercent : TokenEstimate.PlainPercent;
        return new RequestEstimate(sum.Tokens, within);
    }

    /// <summary>Of a request as it came, also one that only Anthropic can serve: then from all it says.</summary>
    public static RequestEstimate OfAny(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var request = RequestParser.Parse(body, counting: true);
            return Of(request);
        }
        catch (GatewayException)
        {
            var estimate = default(TokenEstimate);
            estimate.AddJson(body.Span);
            return new RequestEstimate(estimate.Tokens, null);
        }
    }

    private struct Sum
    {
        public long Tokens;
        public double Foreign;
        public bool HasMedia;

        public void Add(string? text)
        {
            if (text is null)
                return;
            var estimate = default(TokenEstimate);
            estimate.Add(text);
            Add(estimate);
        }

        public void Add(RequestText? text)
        {
            if (text is not { } given)
                return;
            var estimate = default(TokenEstimate);
            given.CountInto(ref estimate);
            Add(estimate);
        }

        public void Add(RawValue json)
        {
            if (json.IsAbsent)
                return;
            var estimate = default(TokenEstimate);
            estimate.Add(json.Span);
            Add(estimate);
        }

        public void Add(IEnumerable<ContentBlock> blocks)
        {
            foreach (var block in blocks)
                Add(block);
        }

        private void Add(in TokenEstimate estimate)
        {
            Tokens += estimate.Tokens;
            Foreign += estimate.Foreign;
        }

        private void Add(ContentBlock block)
        {
            switch (block)
            {
                case ContentBlock.Text b:
                    Add(b.Value);
                    break;
                case ContentBlock.Thinking b:
                    Add(b.Value);
                    break;
                case ContentBlock.ToolUse b:
                    Tokens += PerTool;
                    Add(b.Name);
                    Add(b.Input);
                    break;
                case ContentBlock.ToolResult b:
                    Tokens += PerMessage;
                    Add(b.Content);
                    break;
                case ContentBlock.SearchResult b:
                    Add(b.Title);
                    Add(b.Source);
                    Add(b.Content);
                    break;
                case ContentBlock.Image b:
                    Tokens += MediaEstimate.OfImage(b.Source);
                    HasMedia = true;
                    break;
                case ContentBlock.Document b:
                    Add(b.Title);
                    Add(b.Context);
                    Add(b.Source);
                    break;
                case ContentBlock.ServerTool b:
                    Add(b.Raw);
                    break;
                default:
                    Tokens += PerMessage;
                    break;
            }
        }

        private void Add(MediaSource document)
        {
            switch (document)
            {
                case MediaSource.PlainText text:
                    Add(text.Text);
                    break;
                case MediaSource.Blocks blocks:
                    Add(blocks.Content);
                    break;
                default:
                    Tokens += MediaEstimate.OfDocument(document);
                    HasMedia = true;
                    break;
            }
        }
    }
}
