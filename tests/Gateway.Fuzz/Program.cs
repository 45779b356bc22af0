using Gateway.Fuzz;

return await FuzzCommand.RunAsync(args);
