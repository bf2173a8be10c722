// `weir plugin bench <file.wasm>`: what a call of each hook costs on this machine, beside a module of the same memory that does nothing.
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { HOOKS, type HookName } from '../plugin/abi.js';
import { type PluginCase, readCases } from './plugin-case.js';
import { loadPlugin, type Ready } from './plugin-host.js';
import { number, orComplain, type Streams, streamsOf, time } from './plugin-output.js';
import { addPolicyFlags, type PolicyFlags, wordsOf } from './plugin-policy.js';
import { sampleCase } from './plugin-sample.js';
import { BEFORE, CaseScene, type Moment } from './plugin-scene.js';
import { type Floor, type Timing, timeFloor, timeHook } from './plugin-timing.js';
import { CaseTraffic, Kernels } from './plugin-traffic.js';
import { jsonText, scrub } from './terminal.js';

const CALLS_DEFAULT = 20_000;

interface BenchOptions extends PolicyFlags {
  readonly request?: string;
  readonly calls: number;
  readonly json?: boolean;
}

export function registerPluginBench(plugin: Command): void {
  const command = plugin
    .command('bench')
    .description('measure what a call of each hook costs, beside a module that does nothing')
    .argument('<file>', 'a .wasm file');
  addPolicyFlags(command)
    .option('--request <file>', 'the first case of this file (default: a chat of 2 KB and its answer)')
    .option('--calls <n>', 'calls of each hook', whole, CALLS_DEFAULT)
    .option('--json', 'print the same as JSON')
    .action((file: string, options: BenchOptions, self: Command) => {
      const streams = streamsOf(self, 'bench');
      orComplain(streams, () => bench(file, options, streams));
    });
}

interface Measured extends Timing {
  readonly hook: HookName;
}

function bench(file: string, options: BenchOptions, streams: Streams): void {
  const [one = sampleCase()] = options.request === undefined ? [] : readCases([options.request]);
  const kernels = new Kernels();
  const words = { ...wordsOf(options), ...one.plugin };
  const ready = loadPlugin(file, words, one.folder, kernels.tokens);
  if ('unusable' in ready) throw new Error(`with this configuration it cannot be used: ${ready.unusable}`);
  const traffic = new CaseTraffic(one, kernels, 'req_bench');
  const pages = ready.prepared.facts.memoryPages;
  const floor = timeFloor(pages, options.calls, new CaseScene(traffic, 'on_request'));
  const measured = HOOKS.filter(hook => ready.loaded.wants(hook)).map(hook => ({
    hook,
    ...timeHook(ready.loaded, new CaseScene(traffic, hook, momentOf(hook, one)), options.calls),
  }));
  const shown = { one, ready, measured, floor };
  streams.out(options.json === true ? `${jsonText(asJson(file, shown), 2)}\n` : report(shown));
}

interface Shown {
  readonly one: PluginCase;
  readonly ready: Ready;
  readonly measured: readonly Measured[];
  readonly floor: Floor;
}

function momentOf(hook: HookName, { answer }: PluginCase): Moment {
  const known = {
    ...BEFORE,
    status: answer?.status ?? 200,
    headers: [...(answer?.headers ?? [])].flat(),
  };
  if (hook === 'on_request') return BEFORE;
  if (hook !== 'on_event') return known;
  return { ...known, piece: { kind: 'text', text: Buffer.from('counts what passes '), index: 7, choice: 0 } };
}

function report({ one, ready, measured, floor: { noop, reset } }: Shown): string {
  const { name, version, memoryPages } = ready.prepared.facts;
  const line = (what: string, ...cells: readonly string[]): string =>
    `  ${what.padEnd(12)}${cells.map(cell => cell.padStart(12)).join('')}`;
  const lines = [
    `${name}${version === null ? '' : ` ${version}`}, ${one.name}, ${number(measured[0]?.calls ?? 0)} calls a hook`,
    line('', 'mean', 'p50', 'p99', 'fuel', 'fuel/s'),
    ...measured.map(({ hook, mean, p50, p99, fuel }) =>
      line(hook, time(mean), time(p50), time(p99), number(fuel), rate(fuel, p50 - noop.p50)),
    ),
    line('no-op', time(noop.mean), time(noop.p50), time(noop.p99), number(noop.fuel)),
    line('reset', '', time(reset.nothing), '', '  nothing was written'),
    line(
      '',
      '',
      time(reset.all),
      '',
      `  all of ${memoryPages} ${memoryPages === 1 ? 'page' : 'pages'} was written`,
    ),
  ];
  return `${lines.map(text => scrub(text.trimEnd())).join('\n')}\n`;
}

/** Of the guest's own time; nothing where that cannot be told from the host's. */
function rate(fuel: number, nanoseconds: number): string {
  return nanoseconds < 50 ? '' : `${(fuel / nanoseconds).toPrecision(2)} G`;
}

function asJson(file: string, { ready, measured, floor }: Shown): unknown {
  const { name, version, sha256, memoryPages } = ready.prepared.facts;
  const hooks = measured.map(({ hook, mean, p50, p99, fuel, calls }) => ({
    ...{ hook, calls, fuel },
    mean_ns: Math.round(mean),
    p50_ns: p50,
    p99_ns: p99,
  }));
  const { noop, reset } = floor;
  const noopNs = { mean_ns: Math.round(noop.mean), p50_ns: noop.p50, p99_ns: noop.p99 };
  return {
    ...{ file, name, version, sha256, hooks, noop: noopNs, memory_pages: memoryPages },
    reset_nothing_written_ns: reset.nothing,
    reset_all_written_ns: reset.all,
  };
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 10 || value > 10_000_000)
    throw new InvalidArgumentError('It must be a whole number from 10 to 10,000,000.');
  return value;
}
