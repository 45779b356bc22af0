namespace Gateway.Ingress.Endpoints;

/// <summary>What the OpenAPI document says of an endpoint that passes bytes through and binds nothing: names among <see cref="ApiSchemas"/>.</summary>
/// <param name="Request">Null: it takes no body.</param>
internal sealed record RawBodies(string? Request, string Answer, bool CanStream = false);
