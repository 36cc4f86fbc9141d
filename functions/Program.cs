using Pipeline.Functions.Composition;

return await CommandLine.RunAsync(args);
