using Gateway.Billing;
using Gateway.Hosting;

return await ServiceStart.RunAsync(args, BillingHost.Build);
