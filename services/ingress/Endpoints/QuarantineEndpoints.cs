using Gateway.Contracts.Accounts;
using Gateway.Hosting;
using Gateway.Ingress.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Ingress.Endpoints;

/// <summary>
/// The quarantine of this instance's outbox. Not forwarded to billing: what is in it is on this instance's disk, and has to be looked at while
/// broker and billing are away. Several instances are asked one by one.
/// </summary>
internal static class QuarantineEndpoints
{
    public static void Map(RouteGroupBuilder quarantine)
    {
        quarantine.AddEndpointFilter(static async (call, next) => await AdminEndpoints.AuthorizeAsync(call.HttpContext) is { } caller
            ? await AuditedAsync(call, next, caller)
            : Results.Empty);
        quarantine.MapGet("", ListAsync).WithName("listQuarantine").WithMetadata(AdminRule.Inspect);
        quarantine.MapPost("/replay", ReplayAllAsync).WithName("replayQuarantine").WithMetadata(AdminRule.Operate);
        quarantine.MapGet("/{id}", GetAsync).WithName("getQuarantined").WithMetadata(AdminRule.Inspect).ProducesProblem(StatusCodes.Status404NotFound);
        quarantine.MapPost("/{id}/replay", ReplayAsync).WithName("replayQuarantined").WithMetadata(AdminRule.Operate)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        quarantine.MapDelete("/{id}", DiscardAsync).WithName("discardQuarantined").WithMetadata(AdminRule.Operate)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>
    /// What is changed here is told billing for the audit trail. The quarantine is for when billing is away, too: then the log alone has it.
    /// </summary>
    private static async ValueTask<object?> AuditedAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next, AdminCaller caller)
    {
        var context = call.HttpContext;
        var answer = await next(call);
        if (HttpMethods.IsGet(context.Request.Method) || (answer as INestedHttpResult)?.Result is ProblemHttpResult)
            return answer;
        var note = new AuditNote
        {
            By = caller,
            Action = HttpMethods.IsDelete(context.Request.Method) ? "quarantine.discarded" : "quarantine.replayed",
            Target = context.GetRouteValue("id") as string ?? Environment.MachineName,
        };
        await AuditTrail.AddAsync(context, note);
        return answer;
    }

    /// <summary>List the outbox's quarantine</summary>
    /// <remarks>Usage events that the broker refused for good, and damaged records, on the instance that answers.</remarks>
    public static Ok<QuarantineList> ListAsync(Quarantine quarantine) =>
        TypedResults.Ok(new QuarantineList { Instance = Environment.MachineName, Data = quarantine.List() });

    /// <summary>Get an event of the quarantine</summary>
    /// <remarks>With its body, as it stood in the outbox.</remarks>
    /// <param name="id" example="9f86d081884c7d659a2feaa0c55ad015">The event's id.</param>
    public static Results<Ok<QuarantinedEvent>, ProblemHttpResult> GetAsync(string id, Quarantine quarantine) =>
        quarantine.Find(id) is { } found ? TypedResults.Ok(Quarantine.WithBody(found)) : NotFound(id);

    /// <summary>Replay the quarantine</summary>
    /// <remarks>Puts every event that is whole into the outbox again. Accounts that have counted an event do not count it again.</remarks>
    public static async Task<Ok<QuarantineReplay>> ReplayAllAsync(Quarantine quarantine, UsageOutbox outbox, ILogger<UsageOutbox> log)
    {
        var replayed = 0;
        foreach (var entry in quarantine.List())
        {
            if (quarantine.Find(entry.Id) is { Entry.KeyId: not null } found && await PutBackAsync(found, quarantine, outbox, log))
                replayed++;
        }

        return TypedResults.Ok(new QuarantineReplay { Replayed = replayed });
    }

    /// <summary>Replay an event of the quarantine</summary>
    /// <remarks>Puts it into the outbox again, once what made the broker refuse it is mended.</remarks>
    /// <param name="id" example="9f86d081884c7d659a2feaa0c55ad015">The event's id.</param>
    public static async Task<Results<Ok<QuarantineReplay>, ProblemHttpResult>> ReplayAsync(
        string id, Quarantine quarantine, UsageOutbox outbox, ILogger<UsageOutbox> log)
    {
        if (quarantine.Find(id) is not { } found)
            return NotFound(id);
        if (found.Entry.KeyId is null)
            return TypedResults.Problem("Its record is damaged. What can be read of it is in its body; discard it with DELETE.", statusCode: 409);
        return await PutBackAsync(found, quarantine, outbox, log)
            ? TypedResults.Ok(new QuarantineReplay { Replayed = 1 })
            : TypedResults.Problem("The outbox cannot be written to at the moment; the event stays in the quarantine.", statusCode: 503);
    }

    /// <summary>Discard an event of the quarantine</summary>
    /// <remarks>It is counted nowhere, and is gone.</remarks>
    /// <param name="id" example="9f86d081884c7d659a2feaa0c55ad015">The event's id.</param>
    public static Results<NoContent, ProblemHttpResult> DiscardAsync(string id, Quarantine quarantine, ILogger<UsageOutbox> log)
    {
        if (quarantine.Find(id) is not { } found)
            return NotFound(id);
        quarantine.Remove(id);
        Log.QuarantineDiscarded(log, id, found.Entry.RequestId);
        return TypedResults.NoContent();
    }

    /// <summary>In this order: a crash in between leaves it in both places, and it is counted once.</summary>
    private static async Task<bool> PutBackAsync((QuarantinedEvent Entry, byte[] Content) found, Quarantine quarantine, UsageOutbox outbox, ILogger log)
    {
        if (outbox.IsFull || !await outbox.AppendAsync(found.Entry.RequestId!, found.Entry.KeyId!, found.Content))
            return false;
        quarantine.Remove(found.Entry.Id);
        Log.QuarantineReplayed(log, found.Entry.Id);
        return true;
    }

    private static ProblemHttpResult NotFound(string id) => TypedResults.Problem(
        $"There is no event '{id}' in the quarantine of {Environment.MachineName}. Each instance of ingress has its own; ask the one that listed it.",
        statusCode: StatusCodes.Status404NotFound);
}
