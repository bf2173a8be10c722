// `weir plugin build [dir]`: a policy's folder → its module, with a look at what came out.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ModuleFacts } from '../plugin/prepared.js';
import { inspectModule } from '../plugin/wasm/inspect.js';
import { compilePlugin, type Manifest, pluginName, readManifest } from './plugin-compile.js';
import { number, orComplain, type Streams, streamsOf } from './plugin-output.js';
import { jsonText, scrub } from './terminal.js';

interface BuildOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function registerPluginBuild(plugin: Command): void {
  plugin
    .command('build')
    .description('compile a policy in AssemblyScript, and put its manifest into the module')
    .argument('[dir]', "the policy's folder: assembly/index.ts or index.ts, manifest.json", '.')
    .option('-o, --out <file>', 'the module (default: build/<name>.wasm in the folder)')
    .option('--json', 'print {"file","bytes","name","version","hooks","imports","grants","remarks"}')
    .action((folder: string, options: BuildOptions, command: Command) => {
      const streams = streamsOf(command, 'build');
      orComplain(streams, () => {
        const built = buildFolder(folder, options.out);
        report(built, options.json === true, streams);
      });
    });
}

export interface Built {
  readonly file: string;
  readonly facts: ModuleFacts;
  /** What an author will want to mend. */
  readonly remarks: readonly string[];
}

/** Throws an Error with the compiler's or the sandbox's reason. */
export function buildFolder(folder: string, out?: string): Built {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${folder} is no folder; \`weir plugin new\` makes one`);
  const file = out ?? join(folder, 'build', `${pluginName(folder)}.wasm`);
  compilePlugin(folder, file);
  const facts = inspectModule(readFileSync(file), null, file);
  return { file, facts, remarks: remarksOn(facts, readManifest(folder)) };
}

function remarksOn(facts: ModuleFacts, manifest: Manifest | null): string[] {
  const remarks: string[] = [];
  if (facts.hooks.length === 0)
    remarks.push(
      'it exports no hook, so it does nothing: export on_request, on_response, on_event or on_end',
    );
  if (manifest === null) {
    remarks.push('the folder has no manifest.json, so the module has no version');
    return remarks;
  }
  const wants = manifest.wants ?? [];
  const missing = facts.grantsNeeded.filter(grant => !wants.includes(grant));
  const idle = wants.filter(grant => !facts.grantsNeeded.some(needed => needed === grant));
  if (missing.length > 0) remarks.push(`manifest.json should list in "wants": ${missing.join(', ')}`);
  if (idle.length > 0) remarks.push(`manifest.json wants what the module does not use: ${idle.join(', ')}`);
  return remarks;
}

function report({ file, facts, remarks }: Built, json: boolean, streams: Streams): void {
  const { bytes, name, version, hooks, imports, grantsNeeded: grants } = facts;
  if (json) {
    streams.out(`${jsonText({ file, bytes, name, version, hooks, imports, grants, remarks }, 2)}\n`);
    return;
  }
  const needs = grants.length === 0 ? 'no grants beyond the defaults' : `the grants ${grants.join(', ')}`;
  streams.out(`${scrub(file)}: ${number(bytes)} bytes, ${hooks.join(', ')}; needs ${needs}\n`);
  for (const remark of remarks) streams.out(`  ${scrub(remark)}\n`);
}
