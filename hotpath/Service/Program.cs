using Pipeline.Hotpath.Hosting;

return await HotpathApp.RunAsync(args);
