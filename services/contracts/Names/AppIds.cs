namespace Gateway.Contracts.Names;

/// <summary>The Dapr app ids of the services, as they stand in <c>dapr.yaml</c>, <c>components/</c> and <c>k8s/</c>.</summary>
public static class AppIds
{
    public const string Ingress = "ingress";
    public const string Translator = "translator";
    public const string ProviderAdapter = "provider-adapter";
    public const string Billing = "billing";
    public const string Console = "console";

    /// <summary>Those without which no request is answered; the console can be left out.</summary>
    public static IReadOnlyList<string> Needed { get; } = [Ingress, Translator, ProviderAdapter, Billing];

    public static IReadOnlyList<string> All { get; } = [.. Needed, Console];
}
