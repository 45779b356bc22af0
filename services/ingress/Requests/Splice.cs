namespace Gateway.Ingress.Requests;

/// <summary>A piece of a body and what stands in its place.</summary>
internal readonly record struct Splice(int Start, int Length, ReadOnlyMemory<byte> Replacement);
