return await Vigil.Cli.CommandLine.RunAsync(args);
