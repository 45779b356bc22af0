namespace Gateway.Hosting;

/// <summary>A piece of a body and what stands in its place.</summary>
public readonly record struct Splice(int Start, int Length, ReadOnlyMemory<byte> Replacement);
