using System.Text;
using Gateway.Contracts.Web;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects;

/// <summary>A page that a provider's search has found, in whatever members the provider tells of it.</summary>
internal static class WebSource
{
    private const int MaxText = 2_500;

    /// <summary>Null for what has no address.</summary>
    /// <param name="json">An address, or an object that has one.</param>
    public static WebResult? Read(ReadOnlySpan<byte> json)
    {
        var url = json.StartsWith("\""u8) ? JsonSlice.Text(json) : First(json, "url"u8, "link"u8, "uri"u8);
        if (url.IsEmpty)
            return null;
        var address = Encoding.UTF8.GetString(url);
        var title = First(json, "title"u8, default, default);
        var age = First(json, "date"u8, "publish_date"u8, "last_updated"u8);
        var text = Encoding.UTF8.GetString(First(json, "content"u8, "snippet"u8, default));
        return new WebResult(
            address, title.IsEmpty ? address : Encoding.UTF8.GetString(title), text.Length <= MaxText ? text : text[..MaxText],
            age.IsEmpty ? null : Encoding.UTF8.GetString(age));
    }

    /// <summary>All pages that a provider lists beside its answer.</summary>
    public static void ReadAll(Answer answer, ReadOnlySpan<byte> list)
    {
        if (!answer.TakesSearches)
        {
            answer.Drop("citations"u8);
            return;
        }

        foreach (var item in new JsonItems(list, all: true))
        {
            if (Read(item) is { } result)
                answer.Found(result);
        }
    }

    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> json, ReadOnlySpan<byte> one, ReadOnlySpan<byte> two, ReadOnlySpan<byte> three)
    {
        var text = JsonSlice.Text(JsonSlice.Member(json, one));
        if (text.IsEmpty && !two.IsEmpty)
            text = JsonSlice.Text(JsonSlice.Member(json, two));
        return text.IsEmpty && !three.IsEmpty ? JsonSlice.Text(JsonSlice.Member(json, three)) : text;
    }
}
