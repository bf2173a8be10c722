// `weir plugin test [what] [requests…]`: a module or a policy's folder through request files, cases or a corpus, by the real host. Prints what
// each hook decided, found and cost; where a case says what it expects, the exit status says whether that came true.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildFolder } from './plugin-build.js';
import { type PluginCase, readCases } from './plugin-case.js';
import { corpusCases } from './plugin-corpus.js';
import { differences, type Summary, summarise, unusableSummary } from './plugin-expect.js';
import { loadPlugin, type Ready, type Unusable } from './plugin-host.js';
import { number, orComplain, type Streams, streamsOf, time } from './plugin-output.js';
import { addPolicyFlags, type PolicyFlags, type PolicyWords, wordsOf } from './plugin-policy.js';
import { type CaseRun, runCase } from './plugin-run.js';
import { Kernels } from './plugin-traffic.js';
import { jsonText, scrub } from './terminal.js';

interface TestOptions extends PolicyFlags {
  readonly corpus?: string;
  readonly json?: boolean;
}

export function registerPluginTest(plugin: Command): void {
  const command = plugin
    .command('test')
    .description(
      'run a module against request files, cases or a corpus; exit 1 where a case expected something else',
    )
    .argument('[module]', "a .wasm file, or a policy's folder, which is built first", '.')
    .argument(
      '[requests...]',
      "cases (.json), raw HTTP/1.1 requests (.http, .txt), folders of them (default: the policy folder's cases/)",
    );
  addPolicyFlags(command)
    .option('--corpus <folder>', 'recorded traffic: INDEX.jsonl and its bodies')
    .option('--json', 'print {"module","cases":[…],"passed","failed"}')
    .action((module: string, requests: readonly string[], options: TestOptions, self: Command) => {
      const streams = streamsOf(self, 'test');
      orComplain(streams, () => test(module, requests, options, streams));
    });
}

interface Tested {
  readonly name: string;
  readonly summary: Summary;
  /** Null: nothing was expected. */
  readonly wrong: readonly string[] | null;
}

function test(module: string, requests: readonly string[], options: TestOptions, streams: Streams): void {
  const isFolder = statSync(module, { throwIfNoEntry: false })?.isDirectory() === true;
  const file = isFolder ? buildFolder(module).file : module;
  const cases = casesFor(isFolder ? module : null, requests, options.corpus ?? null);
  const runner = new Runner(file, wordsOf(options));
  const tested = cases.map(one => runner.test(one));
  const failed = tested.filter(({ wrong }) => wrong !== null && wrong.length > 0).length;
  const passed = tested.filter(({ wrong }) => wrong !== null && wrong.length === 0).length;
  if (options.json === true) streams.out(`${jsonText({ module: file, cases: tested, passed, failed }, 2)}\n`);
  else {
    for (const one of tested) streams.out(`${lines(one).map(scrub).join('\n')}\n`);
    streams.out(`${sumUp(tested, passed, failed)}\n`);
  }
  if (failed > 0) process.exitCode = 1;
}

function casesFor(folder: string | null, requests: readonly string[], corpus: string | null): PluginCase[] {
  const cases = [...readCases(requests), ...(corpus === null ? [] : corpusCases(corpus))];
  if (requests.length > 0 || corpus !== null) return cases;
  const own = folder === null ? null : join(folder, 'cases');
  if (own !== null && existsSync(own)) return readCases([own]);
  throw new Error(
    'there is nothing to run it against: name request files, or a --corpus, or give the folder cases/*.json',
  );
}

/** A module is loaded once for each set of settings; cases do not see one another's counters. */
class Runner {
  readonly #file: string;
  readonly #words: PolicyWords;
  readonly #kernels = new Kernels();
  readonly #shared = new Map<string, Ready | Unusable>();
  #count = 0;

  constructor(file: string, words: PolicyWords) {
    this.#file = file;
    this.#words = words;
  }

  test(one: PluginCase): Tested {
    const plugin = this.#plugin(one);
    if ('unusable' in plugin) return this.#judged(one, unusableSummary(plugin.unusable), null);
    let run: CaseRun | null = null;
    for (let i = 0; i < one.repeat; i++) run = runCase(one, plugin, this.#kernels, this.#nextId());
    return this.#judged(one, summarise(run?.hooks ?? []), run);
  }

  #judged(one: PluginCase, summary: Summary, run: CaseRun | null): Tested {
    const wrong = one.expect === null ? null : differences(one.expect, summary, run);
    return { name: one.name, summary, wrong };
  }

  #plugin(one: PluginCase): Ready | Unusable {
    const words = { ...this.#words, ...one.plugin };
    const load = (): Ready | Unusable => loadPlugin(this.#file, words, one.folder, this.#kernels.tokens);
    // Requests of a corpus are many, and expect nothing.
    if (one.expect !== null) return load();
    const key = JSON.stringify([words, one.folder]);
    const known = this.#shared.get(key) ?? load();
    this.#shared.set(key, known);
    return known;
  }

  #nextId(): string {
    return `req_test${String(++this.#count).padStart(22, '0')}`;
  }
}

function lines({ name, summary, wrong }: Tested): string[] {
  const mark = wrong === null ? '  ' : wrong.length === 0 ? 'ok' : 'NO';
  return [
    `${mark}  ${name}`,
    `      ${said(summary)}`,
    ...(wrong ?? []).map(sentence => `      ! ${sentence}`),
  ];
}

function said(summary: Summary): string {
  const { verdict, hook, status, code, failure, message, evidence, fuel, nanoseconds } = summary;
  const decision = [hook, verdict, status, code, failure].filter(part => part !== null).join(' ');
  const found = Object.entries(evidence).map(([key, value]) => `${key}=${value}`);
  const spent = fuel === 0 ? [] : [`${number(fuel)} fuel`, time(nanoseconds)];
  const why = message === null ? [] : [message];
  return [decision, ...why, ...effects(summary), ...found, ...spent].join(' · ');
}

function effects({ model, target, changed, tags }: Summary): string[] {
  const tagged = Object.entries(tags).map(([key, value]) => `tag ${key}=${value}`);
  return [
    ...(model === null ? [] : [`model set to ${model}`]),
    ...(target === null ? [] : [`target set to ${target}`]),
    ...(changed.length === 0 ? [] : [`changed ${changed.join(', ')}`]),
    ...tagged,
  ];
}

function sumUp(tested: readonly Tested[], passed: number, failed: number): string {
  const verdicts = new Map<string, number>();
  for (const { summary } of tested) verdicts.set(summary.verdict, (verdicts.get(summary.verdict) ?? 0) + 1);
  const counts = [...verdicts].map(([verdict, count]) => `${number(count)} ${verdict}`).join(', ');
  const judged = passed + failed === 0 ? '' : `; ${passed} as expected, ${failed} not`;
  return `${number(tested.length)} ${tested.length === 1 ? 'request' : 'requests'}: ${counts}${judged}`;
}
