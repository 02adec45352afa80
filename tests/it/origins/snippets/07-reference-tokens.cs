services.AddOpenIddict()
.AddServer(options =>
{
options.UseReferenceAccessTokens()
.UseReferenceRefreshTokens();
});
