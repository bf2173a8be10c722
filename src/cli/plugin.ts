// `weir plugin …`: the tools of those who write policies. One file a command; this one lists them.
import type { Command } from 'commander';
import { registerPluginBench } from './plugin-bench.js';
import { registerPluginBuild } from './plugin-build.js';
import { registerPluginInspect } from './plugin-inspect.js';
import { registerPluginNew } from './plugin-new.js';
import { registerPluginTest } from './plugin-test.js';

export function registerPlugin(program: Command): void {
  const plugin = program
    .command('plugin')
    .description("a policy author's tools: new, build, inspect, test, bench");
  registerPluginNew(plugin);
  registerPluginBuild(plugin);
  registerPluginInspect(plugin);
  registerPluginTest(plugin);
  registerPluginBench(plugin);
}
