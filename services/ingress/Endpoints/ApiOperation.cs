namespace Gateway.Ingress.Endpoints;

/// <summary>What the OpenAPI document says of an endpoint.</summary>
internal sealed record ApiOperation(
    string Method, string Pattern, string Id, string Summary, string Description,
    string? Request = null, string? Answer = null, int Status = 200, bool IsAdmin = false);
