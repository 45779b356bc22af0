using Gateway.Ingress.SignIn;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Tests.SignIn;

public sealed class IdentityReaderTests
{
    [Theory]
    [InlineData("\"groups\":[\"a\",\"b\"]", "a b")]
    [InlineData("\"groups\":\"a\"", "a")]
    [InlineData("\"groups\":[]", "")]
    [InlineData("\"name\":\"Ada\"", null)]
    public async Task A_list_of_no_groups_is_not_the_same_as_no_list(string says, string? groups)
    {
        var handler = new JsonWebTokenHandler { MapInboundClaims = false };
        var key = new SymmetricSecurityKey(new byte[32]);
        var token = handler.CreateToken($$"""{"sub":"ada","exp":4102444800,{{says}}}""", new SigningCredentials(key, SecurityAlgorithms.HmacSha256));
        var result = await handler.ValidateTokenAsync(
            token, new TokenValidationParameters { IssuerSigningKey = key, ValidateIssuer = false, ValidateAudience = false });
        Assert.True(result.IsValid, result.Exception?.Message);
        var identity = new IdentityReader(new SignInOptions()).Read(result.ClaimsIdentity, "https://id.example", out _);
        Assert.Equal(groups, identity!.Groups is { } said ? string.Join(' ', said) : null);
    }
}
