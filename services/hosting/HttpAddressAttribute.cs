using System.ComponentModel.DataAnnotations;

namespace Gateway.Hosting;

/// <summary>A setting that is the absolute address of an HTTP endpoint.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpAddressAttribute() : ValidationAttribute("an address such as http://127.0.0.1:3500")
{
    public override bool IsValid(object? value) => value is null
        || (value is string text
            && Uri.TryCreate(text, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps));
}
