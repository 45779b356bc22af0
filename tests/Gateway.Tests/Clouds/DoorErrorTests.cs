using System.Text;
using Gateway.Providers.Clouds;

namespace Gateway.Tests.Clouds;

public class DoorErrorTests
{
    [Theory]
    [InlineData(403, "AccessDeniedException:http://x", """{"message":"m"}""", 403, "permission_error")]
    [InlineData(403, "InvalidSignatureException", """{"message":"m"}""", 401, "authentication_error")]
    [InlineData(400, "RequestExpired", """{"message":"m"}""", 401, "authentication_error")]
    [InlineData(403, "ExpiredTokenException", """{"message":"m"}""", 401, "authentication_error")]
    [InlineData(403, "UnrecognizedClientException", """{"message":"m"}""", 401, "authentication_error")]
    [InlineData(400, "ValidationException", """{"message":"m"}""", 400, "invalid_request_error")]
    [InlineData(400, "ValidationException", """{"message":"Invocation of model ID x with on-demand throughput isn’t supported."}""", 404, "not_found_error")]
    [InlineData(400, "ValidationException", """{"message":"The provided model identifier is invalid."}""", 404, "not_found_error")]
    [InlineData(404, "ResourceNotFoundException", """{"message":"m"}""", 404, "not_found_error")]
    [InlineData(429, "ThrottlingException", """{"message":"Too many tokens, please wait before trying again."}""", 429, "rate_limit_error")]
    [InlineData(400, "ServiceQuotaExceededException", """{"message":"m"}""", 429, "rate_limit_error")]
    [InlineData(408, "ModelTimeoutException", """{"message":"m"}""", 504, "timeout_error")]
    [InlineData(424, "ModelErrorException", """{"message":"m"}""", 500, "api_error")]
    [InlineData(429, "ModelNotReadyException", """{"message":"m"}""", 529, "overloaded_error")]
    [InlineData(503, "ServiceUnavailableException", """{"message":"m"}""", 529, "overloaded_error")]
    [InlineData(500, "InternalServerException", """{"message":"m"}""", 500, "api_error")]
    [InlineData(200, null, """{"Output":{"__type":"com.amazon#UnknownOperationException"},"Version":"1.0"}""", 404, "not_found_error")]
    [InlineData(200, null, """{"__type":"com.amazon.coral.service#UnknownOperationException"}""", 404, "not_found_error")]
    [InlineData(401, null, """{"error":{"code":401,"message":"m","status":"UNAUTHENTICATED"}}""", 401, "authentication_error")]
    [InlineData(403, null, """[{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}]""", 403, "permission_error")]
    [InlineData(429, null, """[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]""", 429, "rate_limit_error")]
    [InlineData(404, null, """{"error":{"code":404,"message":"m","status":"NOT_FOUND"}}""", 404, "not_found_error")]
    [InlineData(400, null, """{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}""", 400, "invalid_request_error")]
    [InlineData(503, null, """{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}""", 529, "overloaded_error")]
    [InlineData(404, null, """{"error":{"code":"DeploymentNotFound","message":"m"}}""", 404, "not_found_error")]
    [InlineData(429, null, """{"error":{"code":"429","message":"m"}}""", 429, "rate_limit_error")]
    [InlineData(401, null, """{"error":{"code":"401","message":"m"}}""", 401, "authentication_error")]
    [InlineData(413, null, "<html>too large</html>", 413, "request_too_large")]
    [InlineData(502, null, "", 502, "api_error")]
    public void A_clouds_error_is_one_of_anthropics(int status, string? header, string body, int expected, string type)
    {
        var error = DoorError.Of(status, header, Encoding.UTF8.GetBytes(body))!.Value;

        Assert.Equal((expected, type), (error.Status, error.Type));
        Assert.NotEmpty(error.Message);
        if (body.Contains("\"m\"", StringComparison.Ordinal))
            Assert.Equal("m", error.Message);
    }

    [Theory]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"},"request_id":"req_vrtx_1"}""")]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""")]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 3 tokens > 2 maximum"}}""")]
    [InlineData(200, """{"content":[{"text":"ThrottlingException"}]}""")]
    [InlineData(200, """{"content":[{"text":"UnknownOperationException"}]}""")]
    public void What_is_in_anthropics_words_stays(int status, string body) => Assert.Null(DoorError.Of(status, null, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void What_is_too_long_is_said_in_the_words_that_clients_know()
    {
        var error = DoorError.Of(400, "ValidationException", """{"message":"Input is too long for requested model."}"""u8)!.Value;

        Assert.Equal((400, "prompt is too long: Input is too long for requested model."), (error.Status, error.Message));
        Assert.Equal(
            """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: Input is too long for requested model."}}""",
            Encoding.UTF8.GetString(error.ToJson()));
    }
}
