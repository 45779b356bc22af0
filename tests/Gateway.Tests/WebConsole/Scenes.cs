using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Admin;
using Gateway.Billing.Keys;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.SignIn;
using Gateway.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.WebConsole;

/// <summary>What pages show and the admin API does not make: people who have signed in, deliveries that were given up.</summary>
public static class Scenes
{
    /// <summary>Who has signed in at the company's identity provider, and belongs to this team; the user's id.</summary>
    public static async Task<string> SignInAsync(TestGateway gateway, string team, string subject, string name, params string[] groups)
    {
        await gateway.AdminAsync(HttpMethod.Put, "/admin/v1/sign-in", new { rules = new[] { new { teamId = team } } });
        var directory = ActorsOf(gateway).CreateActorProxy<IUserSignInActor>(KeyDirectoryActor.ActorId, ActorTypes.KeyDirectory);
        var identity = new UserIdentity
        {
            Issuer = "https://login.example.com/",
            Subject = subject,
            Email = subject + "@example.com",
            Name = name,
            Groups = groups,
        };
        return (await directory.SignInUserAsync(new UserSignIn { Identity = identity })).User!.Key.Id;
    }

    /// <summary>From now on deliveries of the webhook are given up at the first attempt, for which no admin can ask: the least is an hour.</summary>
    public static async Task GiveUpAtOnceAsync(TestGateway gateway, string webhook)
    {
        var actors = ActorsOf(gateway);
        var command = new WebhookCommand { Id = webhook, By = AdminCaller.Gateway };
        var record = (await KeyEndpoints.Directory(actors).GetWebhookAsync(command)).Webhook!;
        await actors.CreateActorProxy<IWebhookActor>(new ActorId(webhook), ActorTypes.Webhook)
            .ConfigureAsync(record with { Settings = record.Settings with { GiveUpHours = 0 } });
    }

    private static IActorProxyFactory ActorsOf(TestGateway gateway) =>
        gateway.Local.ServiceOf(AppIds.Billing).Services.GetRequiredService<IActorProxyFactory>();
}
