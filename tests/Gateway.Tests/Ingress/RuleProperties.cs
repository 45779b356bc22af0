using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Tests.Ingress;

public class RuleProperties
{
    [Fact]
    public void Whatever_the_tree_and_the_rules_no_account_is_over_its_limit_all_admit_or_none_and_nothing_leaks()
    {
        var shapes = Gen.Choose(0, 1_000).ArrayOf(60);
        var scripts = Gen.Choose(0, 100_000).ArrayOf(40);
        var worlds = Arb.From(
            shapes.SelectMany(shape => scripts.Select(script => (Shape: shape, Script: script))),
            world => ArbMap.Default.ArbFor<int[]>().Shrinker(world.Script).Where(s => s.All(n => n >= 0)).Select(script => (world.Shape, Script: script)));
        Prop.ForAll(worlds, world =>
        {
            using var made = new RuleWorld(world.Shape);
            var broken = made.RunAsync(world.Script).WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
            return (broken is null).Label(broken ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(80));
    }
}
