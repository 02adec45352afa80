services.AddOpenIddict()
.AddServer(options =>
{
options.DisableTokenStorage();
});
