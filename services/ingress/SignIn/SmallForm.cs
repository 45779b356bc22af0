using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Ingress.SignIn;

/// <summary>The form of a sign-in: small, of single values. What it has besides is ignored.</summary>
internal sealed class SmallForm
{
    private const int MaxBytes = 16 * 1024;
    private const int MaxValues = 50;
    private const string FormType = "application/x-www-form-urlencoded";

    private readonly IFormCollection _form;

    private SmallForm(IFormCollection form) => _form = form;

    /// <summary>Null where it is missing, or there twice.</summary>
    public string? this[string name] => _form[name] is { Count: 1 } value && value[0] is { Length: > 0 } text ? text : null;

    /// <summary>Null when the body is no such form.</summary>
    public static async Task<SmallForm?> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentType?.StartsWith(FormType, StringComparison.OrdinalIgnoreCase) is not true)
            return null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBytes;
        try
        {
            return new(await request.ReadFormAsync(new FormOptions { ValueCountLimit = MaxValues }, context.RequestAborted));
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException or InvalidOperationException)
        {
            return null;
        }
    }
}
