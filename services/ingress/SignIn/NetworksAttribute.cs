using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Gateway.Ingress.SignIn;

/// <summary>A setting that is a list of addresses and networks.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NetworksAttribute() : ValidationAttribute("addresses or networks such as 10.0.0.0/8, separated by commas")
{
    public override bool IsValid(object? value) => value is not string list
        || list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).All(text => TryRead(text, out _));

    public static bool TryRead(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
            return true;
        if (!IPAddress.TryParse(text, out var address))
            return false;
        network = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        return true;
    }
}
