// A gateway with the sample policies, each as the weir.yaml of its README has it, and the provider behind it.
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { weirKeySha256 } from '../../src/core/weir-key.js';
import { onEnd, type RunningGateway, type RunningProvider, startGateway, startProvider } from './harness.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const SAMPLES = [
  'pii-redact',
  'model-tiers',
  'prompt-guard',
  'context-budget',
  'output-guard',
  'quota-by-tag',
  'cost-router',
  'canary',
] as const;
export type Sample = (typeof SAMPLES)[number];

interface PluginPolicy {
  readonly name: string;
  readonly plugin: { readonly file: string; readonly tables?: Readonly<Record<string, string>> };
}

/** The policy in the README of a sample, as it stands there. */
function policyOf(sample: Sample): PluginPolicy {
  const readme = readFileSync(join(ROOT, 'plugins', sample, 'README.md'), 'utf8');
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1];
  if (yaml === undefined) throw new Error(`the README of ${sample} shows no configuration`);
  const [policy, ...more] = (parse(yaml) as { policies: PluginPolicy[] }).policies;
  if (policy === undefined || more.length > 0) throw new Error(`the README of ${sample} has not one policy`);
  return policy;
}

/** It, where it stands in a gateway with the other samples: files found from another folder, asked only of requests that name it. */
function placed(sample: Sample, tables: string): PluginPolicy & { readonly when: string } {
  const policy = policyOf(sample);
  const { file, tables: named = {} } = policy.plugin;
  const moved = Object.entries(named).map(([name, path]) => [name, join(tables, path)]);
  return {
    ...policy,
    when: `request.headers["x-sample"] == "${sample}"`,
    plugin: { ...policy.plugin, file: join(ROOT, file), tables: Object.fromEntries(moved) },
  };
}

/** Consumers and their tags; `app-…` are enough that a canary of 5 % finds some. */
export const CONSUMERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'team-a': { project: 'research' },
  'team-b': {},
  intern: { project: 'intern' },
  'vip-1': {},
  ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`app-${i}`, {}])),
};
export const keyOf = (consumer: string): string => `weir_${consumer.replace('-', '').padEnd(40, 'x')}`;

/** A gateway with all samples in front of a provider of its own. */
export async function startSamples(): Promise<{ gateway: RunningGateway; provider: RunningProvider }> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-samples-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'people.csv'), 'team-b,gold\n');
  const provider = await startProvider((request, response, body) => void answer(request, response, body));
  const gateway = await startGateway(
    stringify({
      anonymous: 'deny',
      workers: 1,
      providers: {
        openai: { base_url: provider.url, auth: 'none' },
        anthropic: { base_url: provider.url, auth: 'none' },
      },
      consumers: Object.entries(CONSUMERS).map(([name, tags]) => ({
        name,
        tags,
        keys: [{ name: 'only', sha256: weirKeySha256(keyOf(name)) }],
      })),
      policies: SAMPLES.map(sample => placed(sample, folder)),
    }),
  );
  return { gateway, provider };
}

const USAGE = { prompt_tokens: 3, completion_tokens: 7, total_tokens: 10 };

/** Emits `piece` when the caller has seen one. */
export const caller = new EventEmitter();

/** Says what `metadata.say` asks for, in pieces where it streams; `metadata.waits`: the second one when the first was seen. */
async function answer(_request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
  const { stream, metadata, model } = JSON.parse(body.toString()) as {
    stream?: boolean;
    metadata?: { say?: string; waits?: string };
    model: string;
  };
  const pieces = (metadata?.say ?? 'fine').split('|');
  if (stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const message = { role: 'assistant', content: pieces.join('') };
    response.end(
      JSON.stringify({
        id: 'c',
        model,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: USAGE,
      }),
    );
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (data: object): boolean =>
    response.write(`data: ${JSON.stringify({ id: 'c', ...data })}\n\n`);
  for (const [i, content] of pieces.entries()) {
    event({ choices: [{ index: 0, delta: { content } }] });
    if (i === 0 && metadata?.waits !== undefined) await once(caller, 'piece');
  }
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  event({ choices: [], usage: USAGE });
  response.end('data: [DONE]\n\n');
}
