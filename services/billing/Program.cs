using Gateway.Billing;

await BillingHost.Build(args).RunAsync();
