using System.ComponentModel.DataAnnotations;

namespace Gateway.Ingress.Otlp;

/// <summary>A setting that names signals, separated by commas.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OtlpSignalsFormAttribute() : ValidationAttribute("any of metrics, logs and traces, separated by commas")
{
    public static OtlpSignals? Read(string value)
    {
        var signals = OtlpSignals.None;
        foreach (var name in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (int.TryParse(name, out _) || !Enum.TryParse<OtlpSignals>(name, ignoreCase: true, out var signal) || signal == OtlpSignals.None)
                return null;
            signals |= signal;
        }

        return signals;
    }

    public override bool IsValid(object? value) => value is not string text || Read(text) is not (null or OtlpSignals.None);
}
