// docs/clients.md is true: every snippet runs as it stands against a gateway, and the record shows what it did.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ClientWorld, consumerOf, startWorld } from './support.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const ADDRESS = 'http://127.0.0.1:8787';

interface Snippet {
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

/** In reading order, each under the heading it stands below. */
function snippets(): Snippet[] {
  let title = '';
  return [...DOCS.matchAll(/^## (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(match => {
    title = match[1] ?? title;
    return match[3] === undefined ? [] : [{ title, language: match[2] ?? '', code: match[3] }];
  });
}

/** What the newest record of each snippet says, in the document's order. */
const APIS = [
  ['openai', 'openai.chat'],
  ['openai', 'openai.responses'],
  ['azure-openai', 'openai.chat'],
  ['anthropic', 'anthropic.messages'],
  ['anthropic', 'anthropic.messages'],
  ['gemini', 'gemini.generate'],
  ['vertex-ai', 'gemini.generate'],
  ['cohere', 'cohere.chat'],
  ['ollama', 'ollama.chat'],
  ['openai', 'openai.chat'],
  ['openai', 'openai.chat'],
  ['anthropic', 'anthropic.messages'],
  ['bedrock', 'bedrock.converse'],
  ['openai', 'openai.chat'],
  ['anthropic', 'anthropic.messages'],
] as const;

/** The table's base URLs, each with a path that its SDK appends. */
const BASES = [
  ['openai', `${ADDRESS}/v1`, '/chat/completions'],
  ['openai', `${ADDRESS}/openai/v1`, '/chat/completions'],
  ['azure-openai', `${ADDRESS}/azure-openai`, '/openai/deployments/d/chat/completions'],
  ['anthropic', ADDRESS, '/v1/messages'],
  ['anthropic', `${ADDRESS}/anthropic`, '/v1/messages'],
  ['gemini', ADDRESS, '/v1beta/models/m:generateContent'],
  ['gemini', `${ADDRESS}/gemini`, '/v1beta/models/m:generateContent'],
  ['cohere', ADDRESS, '/v2/chat'],
  ['cohere', `${ADDRESS}/cohere`, '/v2/chat'],
  ['ollama', ADDRESS, '/api/chat'],
  ['ollama', `${ADDRESS}/ollama`, '/api/chat'],
] as const;

const ANY_DIALECT = {
  ...{ model: 'm', max_tokens: 8, messages: [{ role: 'user', content: 'Hello' }] },
  contents: [{ parts: [{ text: 'Hello' }] }],
};

let world: ClientWorld;

beforeAll(async () => {
  world = await startWorld(
    'openai',
    'azure-openai',
    'anthropic',
    'gemini',
    'vertex-ai',
    'cohere',
    'ollama',
    'bedrock',
  );
});

function run({ language, code }: Snippet): Promise<{ exit: number | null; out: string; err: string }> {
  const here = code.replaceAll(ADDRESS, world.gateway.url);
  const [command, args] =
    language === 'js'
      ? [process.execPath, ['--input-type=module', '-e', here]]
      : language === 'python'
        ? [PYTHON, ['-c', here]]
        : ['sh', ['-e', '-c', here.replace(/^curl /gm, 'curl -sS --fail ')]];
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: ROOT, env: { PATH: process.env.PATH, WEIR_KEY: world.key } });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => {
      out += String(chunk);
    });
    child.stderr.on('data', chunk => {
      err += String(chunk);
    });
    child.on('close', exit => resolve({ exit, out, err }));
  });
}

/** With the official packages, where somebody has installed them. */
const PYTHON = process.env.WEIR_PYTHON ?? 'python3';
const hasPython = spawnSync(PYTHON, ['-c', 'import openai, anthropic']).status === 0;
const hasCurl = spawnSync('curl', ['--version']).status === 0;
/** Claude Code is a program of its own: test/clients/agents.test.ts sends what it sends. */
const all = snippets()
  .filter(({ title }) => title !== 'Claude Code')
  .map((snippet, i) => ({
    snippet,
    name: `${i + 1} (${snippet.title})`,
    expected: APIS[i],
  }));
const withCurl = all.filter(({ snippet }) => snippet.code.startsWith('curl'));
const withPython = all.filter(({ snippet }) => snippet.language === 'python');
const withNode = all.filter(
  ({ snippet }) => !snippet.code.startsWith('curl') && snippet.language !== 'python',
);

async function expectTrue({ snippet, expected }: (typeof all)[number]): Promise<void> {
  const { exit, out, err } = await run(snippet);
  expect([exit, err], err).toEqual([0, '']);
  expect(out.trim()).not.toBe('');
  const record = await world.gateway.newest(({ consumer }) => consumer?.name === 'team-a');
  expect(record).toMatchObject({
    outcome: 'served',
    status: 200,
    ai: { provider: expected?.[0], api: expected?.[1] },
    consumer: consumerOf(world.key),
    usage: { source: 'provider' },
  });
}

describe('the documentation of clients', () => {
  it('has as many snippets as are tried here', () => {
    expect(all).toHaveLength(APIS.length);
  });

  it.each(withNode)('is true in snippet $name', expectTrue);

  it.skipIf(!hasCurl).each(withCurl)('is true in snippet $name (needs curl)', expectTrue);

  it.skipIf(!hasPython).each(withPython)(
    'is true in snippet $name (needs Python with openai and anthropic: pip install openai anthropic, WEIR_PYTHON names it)',
    expectTrue,
  );

  it.each(BASES)('has a base URL of %s that reaches it', async (provider, base, path) => {
    const row = DOCS.split('\n').find(line => line.startsWith('| `') && line.includes(`\`${base}\``));
    expect(row, base).toBeDefined();
    const answer = await fetch(base.replace(ADDRESS, world.gateway.url) + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ANY_DIALECT),
    });
    await answer.text();
    const record = await world.gateway.record(answer.headers.get('x-weir-request-id') ?? 'none');
    expect(record).toMatchObject({ status: 200, ai: { provider } });
  });
});
