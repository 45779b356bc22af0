namespace Gateway.Tests;

public class PlaceholderTests
{
    [Fact]
    public void Builds() => Assert.NotNull(typeof(Gateway.Ingress.IngressHost));
}
