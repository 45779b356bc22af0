using BenchmarkDotNet.Running;
using Gateway.Benchmarks.Hot;
using Gateway.Benchmarks.Load;

// load                              the table of throughput, delay and memory, against a bare forwarder: load --help
// scale                             the cost of one stream, kilobyte and delta, from few to many
// soak                              memory, handles and threads over time, under a mixed load
// pages                             what the console's pages add to the admin API's time, with many keys and events
// settle                            usage events a second that billing settles, by keys and by deliveries at once
// load-provider, load-forwarder     the processes it starts
// anything else                     BenchmarkDotNet, for example: --filter '*'
return args switch
{
    ["load", .. var rest] => await LoadCommand.RunAsync(rest),
    ["scale", .. var rest] => await ScaleCommand.RunAsync(rest),
    ["soak", .. var rest] => await SoakCommand.RunAsync(rest),
    ["pages", .. var rest] => await PagesCommand.RunAsync(rest),
    ["settle", .. var rest] => await SettleCommand.RunAsync(rest),
    ["load-provider", var port] => await LoadProvider.RunAsync(int.Parse(port)),
    ["load-forwarder", var target] => await BareForwarder.RunAsync(target),
    _ => BenchmarkSwitcher.FromAssembly(typeof(HotPathBenchmarks).Assembly).Run(args).Any() ? 0 : 1,
};
