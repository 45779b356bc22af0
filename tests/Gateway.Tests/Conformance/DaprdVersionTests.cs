using System.Reflection;

namespace Gateway.Tests.Conformance;

/// <summary>A conformance test that does not say where its behaviour was seen is a belief.</summary>
[Trait(ConformanceTests.Daprd, ConformanceTests.Ours)]
public sealed class DaprdVersionTests
{
    public static TheoryData<string> Classes() => [.. typeof(DaprdVersionTests).Assembly.GetTypes()
        .Where(t => t is { IsAbstract: false, Namespace: "Gateway.Tests.Conformance" }
            && t.GetMethods().Any(m => m.GetCustomAttributes<FactAttribute>().Any()))
        .Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Classes))]
    public void Every_class_names_the_daprd_that_it_was_seen_on(string name)
    {
        var traits = typeof(DaprdVersionTests).Assembly.GetType("Gateway.Tests.Conformance." + name)!.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(TraitAttribute) && (string?)a.ConstructorArguments[0].Value == ConformanceTests.Daprd)
            .Select(a => (string)a.ConstructorArguments[1].Value!).ToList();
        Assert.Matches(@"^(\d+\.\d+\.\d+|ours)$", Assert.Single(traits));
    }
}
