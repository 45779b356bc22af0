namespace Gateway.Contracts.Names;

/// <summary>The Dapr components the services use, by the name in <c>components/</c>.</summary>
public static class ComponentNames
{
    /// <summary>State store of key records; billing writes, ingress reads, so its <c>keyPrefix</c> is <c>name</c>.</summary>
    public const string KeyStore = "keys";

    /// <summary>State store behind the account actors.</summary>
    public const string ActorStore = "actors";

    /// <summary>State store of the console: what its cookies are sealed with, the same for all of its replicas.</summary>
    public const string ConsoleStore = "console";

    public const string PubSub = "pubsub";

    public const string SecretStore = "secrets";
}
