// `weir plugin inspect <file.wasm>`: what a module is and needs, what it costs to load and to put back, and a sample run of each hook; or why
// Weir refuses it.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { MEMORY_BYTES_MAX, PAGE_BYTES } from '../core/plugin-bounds.js';
import { formatBytes } from '../core/units.js';
import { PluginInstance } from '../plugin/instance.js';
import type { ModuleFacts } from '../plugin/prepared.js';
import { inspectModule } from '../plugin/wasm/inspect.js';
import { meterModule } from '../plugin/wasm/meter.js';
import { loadPlugin, type Ready } from './plugin-host.js';
import { complain, number, orComplain, type Streams, streamsOf, table, time } from './plugin-output.js';
import { addPolicyFlags, type PolicyFlags, wordsOf } from './plugin-policy.js';
import { runCase } from './plugin-run.js';
import { sampleCase } from './plugin-sample.js';
import { CaseScene } from './plugin-scene.js';
import { type Floor, timeFloor } from './plugin-timing.js';
import { CaseTraffic, Kernels } from './plugin-traffic.js';
import { jsonText } from './terminal.js';

const RESET_CALLS = 5_000;
const SAMPLE_RUNS = 100;

interface InspectOptions extends PolicyFlags {
  readonly json?: boolean;
}

export function registerPluginInspect(plugin: Command): void {
  const command = plugin
    .command('inspect')
    .description('say what a module is, needs and costs; exit 1 with the reason where Weir would refuse it')
    .argument('<file>', 'a .wasm file');
  addPolicyFlags(command)
    .option('--json', 'print the same as JSON')
    .action((file: string, options: InspectOptions, self: Command) => {
      const streams = streamsOf(self, 'inspect');
      orComplain(streams, () => inspect(file, options, streams));
    });
}

interface Sample {
  readonly hook: string;
  readonly calls: number;
  readonly fuel: number;
  readonly nanoseconds: number;
  readonly result: string;
}

interface Inspected {
  readonly facts: ModuleFacts;
  /** Bytes of the module after rewriting. */
  readonly metered: number;
  readonly nanoseconds: {
    readonly inspect: number;
    readonly meter: number;
    readonly instantiate: number | null;
    readonly reset: Floor['reset'];
  };
  readonly samples: readonly Sample[];
  /** Why it cannot be used with these settings; null: it can. */
  readonly unusable: string | null;
  readonly remarks: readonly string[];
}

function inspect(file: string, options: InspectOptions, streams: Streams): void {
  const bytes = readFileSync(file);
  inspectModule(bytes, null, file);
  const kernels = new Kernels();
  const loaded = loadPlugin(file, wordsOf(options), '.', kernels.tokens);
  const ready = 'unusable' in loaded ? null : loaded;
  // By now the host's own code has run once.
  const [facts, inspectTime] = timed(() => inspectModule(bytes, null, file));
  const limits = { memoryBytes: MEMORY_BYTES_MAX, startFuel: 1 };
  const [metered, meterTime] = timed(() => meterModule(bytes, limits));
  const traffic = new CaseTraffic(sampleCase(), kernels, 'req_sample');
  const { reset } = timeFloor(facts.memoryPages, RESET_CALLS, new CaseScene(traffic, 'on_request'));
  const instantiate =
    ready === null ? null : timed(() => PluginInstance.create(ready.prepared, ready.host))[1];
  const found: Inspected = {
    facts,
    metered: metered.length,
    nanoseconds: { inspect: inspectTime, meter: meterTime, instantiate, reset },
    samples: ready === null ? [] : samplesOf(ready, kernels),
    unusable: 'unusable' in loaded ? loaded.unusable : null,
    remarks: ready === null ? [] : remarksOn(ready, traffic),
  };
  streams.out(options.json === true ? `${jsonText(asJson(file, found), 2)}\n` : report(file, found));
  if (found.unusable !== null)
    complain(streams, `with this configuration it cannot be used: ${found.unusable}`, 1);
}

/** Each hook over the sample, events summed up; the quickest of some runs, since the first ones find code that is not compiled yet. */
function samplesOf(ready: Ready, kernels: Kernels): Sample[] {
  const best = new Map<string, Sample>();
  for (let i = 0; i < SAMPLE_RUNS; i++) {
    for (const sample of sampleOnce(ready, kernels)) {
      const before = best.get(sample.hook);
      if (before === undefined || sample.nanoseconds < before.nanoseconds) best.set(sample.hook, sample);
    }
  }
  return [...best.values()];
}

function sampleOnce(ready: Ready, kernels: Kernels): Iterable<Sample> {
  const samples = new Map<string, Sample>();
  for (const { hook, outcome, nanoseconds } of runCase(sampleCase(), ready, kernels, 'req_sample').hooks) {
    const before = samples.get(hook) ?? { hook, calls: 0, fuel: 0, nanoseconds: 0, result: 'go_on' };
    const { result, denial, failure, detail } = outcome;
    const said = [result, denial?.status, denial?.code, failure, detail]
      .filter(part => part != null)
      .join(' ');
    samples.set(hook, {
      hook,
      calls: before.calls + 1,
      fuel: before.fuel + outcome.fuel,
      nanoseconds: before.nanoseconds + nanoseconds,
      result: result === 'go_on' ? before.result : said,
    });
  }
  return samples.values();
}

function remarksOn(ready: Ready, traffic: CaseTraffic): string[] {
  const remarks = [...ready.warnings];
  if (!ready.loaded.wants('on_request')) return remarks;
  const instance = PluginInstance.create(ready.prepared, ready.host);
  const { result } = instance.call(new CaseScene(traffic, 'on_request'));
  if (result !== 'failed' && instance.dead)
    remarks.push(
      'the sample made it grow its memory (or change a table): each such call costs a fresh instance; start with more memory',
    );
  return remarks;
}

function timed<T>(work: () => T): [T, number] {
  const before = process.hrtime.bigint();
  const value = work();
  return [value, Number(process.hrtime.bigint() - before)];
}

function report(file: string, { facts, metered, nanoseconds, samples, remarks }: Inspected): string {
  const {
    name,
    version,
    sha256,
    bytes,
    functions,
    hooks,
    imports,
    grantsNeeded,
    memoryPages,
    memoryPagesMax,
  } = facts;
  const first = [
    ...(facts.hasInitialize ? ['_initialize'] : []),
    ...(facts.hasConfigure ? ['configure'] : []),
  ];
  const size = formatBytes(memoryPages * PAGE_BYTES);
  const pages = `${memoryPages} ${memoryPages === 1 ? 'page' : 'pages'} (${size})`;
  const growth = Math.round((metered / bytes - 1) * 100);
  const made = nanoseconds.instantiate === null ? '' : `, an instance in ${time(nanoseconds.instantiate)}`;
  const rows: [string, string][] = [
    ...(facts.description === null ? [] : [['description', facts.description] as [string, string]]),
    ['sha256', sha256],
    ['size', `${number(bytes)} bytes, ${number(functions)} ${functions === 1 ? 'function' : 'functions'}`],
    [
      'memory',
      `${pages} at the start, ${memoryPagesMax === null ? 'no maximum of its own' : `at most ${memoryPagesMax}`}`,
    ],
    ['hooks', [...first, ...hooks].join(', ')],
    ['imports', imports.length === 0 ? 'none' : imports.join(', ')],
    ['grants', grantsNeeded.length === 0 ? 'none beyond the defaults' : grantsNeeded.join(', ')],
    [
      'loading',
      `read in ${time(nanoseconds.inspect)}, rewritten in ${time(nanoseconds.meter)} (+${growth} %)${made}`,
    ],
    ['reset', resetText(nanoseconds.reset, size)],
    ...samples.map(sample => ['sample', sampleText(sample)] as [string, string]),
    ...remarks.map(remark => ['remark', remark] as [string, string]),
  ];
  return `${name}${version === null ? '' : ` ${version}`} (${file})\n${table(rows)}\n`;
}

function resetText({ nothing, all }: Floor['reset'], size: string): string {
  return `before every hook ${time(nothing)} where the one before wrote nothing, ${time(all)} where it wrote in all of ${size}`;
}

function sampleText({ hook, calls, fuel, nanoseconds, result }: Sample): string {
  return `${hook}${calls === 1 ? '' : ` × ${calls}`}: ${number(fuel)} fuel, ${time(nanoseconds)}, ${result}`;
}

function asJson(
  file: string,
  { facts, metered, nanoseconds, samples, unusable, remarks }: Inspected,
): unknown {
  const { name, version, description, sha256, bytes, hooks, imports, functions } = facts;
  return {
    ...{ file, name, version, description, sha256, bytes, metered_bytes: metered, functions, hooks, imports },
    grants: facts.grantsNeeded,
    memory_pages: facts.memoryPages,
    memory_pages_max: facts.memoryPagesMax,
    inspect_ns: nanoseconds.inspect,
    meter_ns: nanoseconds.meter,
    instantiate_ns: nanoseconds.instantiate,
    reset_nothing_written_ns: Math.round(nanoseconds.reset.nothing),
    reset_all_written_ns: Math.round(nanoseconds.reset.all),
    samples,
    unusable,
    remarks,
  };
}
