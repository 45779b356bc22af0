using Gateway.Contracts.Catalog;
using Gateway.Ingress.Quota;

namespace Gateway.Ingress.Safeguards;

/// <summary>A judge that may be asked.</summary>
/// <param name="Model">It.</param>
/// <param name="Routes">To it, in order.</param>
/// <param name="Name">As the setting spells it.</param>
/// <param name="Affinity">Of the conversation, where equal routes share.</param>
/// <param name="Admission">What is reserved; null where nothing limits the key.</param>
/// <param name="MaxBytes">Of a request that is paid for by that.</param>
internal sealed record SafeguardsReservation(
    ModelEntry Model, IReadOnlyList<ModelRoute> Routes, string Name, ulong? Affinity, Admission? Admission, int MaxBytes);
