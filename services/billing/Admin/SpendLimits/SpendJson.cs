using System.Globalization;
using System.Text.Json;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>The JSON of spend limits: Anthropic's names, money as text in cents, times to the millisecond, nulls written where they say something.</summary>
internal static class SpendJson
{
    public const int CentsPerUnit = 100;

    public static JsonSerializerOptions Options { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Cents(decimal amount) => (amount * CentsPerUnit).ToString("0.####", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static IResult Ok<T>(T answer) => TypedResults.Json(answer, Options);
}
