// A LiteLLM configuration becomes a weir.yaml that loads, that serves, and that hides nothing of what has no counterpart.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { convertLiteLlm } from '../../src/cli/litellm/convert.js';
import { windowOf } from '../../src/cli/litellm/limits.js';
import { formatProblem, loadConfigText } from '../../src/config/load.js';
import { newWeirKey, weirKeySha256 } from '../../src/core/weir-key.js';
import { chat, startGateway, startProvider } from '../integration/harness.js';

const EXAMPLE = `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: azure/gpt-4o-eu, api_base: "https://eu.openai.azure.com/openai/", api_key: os.environ/AZURE_EU, api_version: "2024-10-21", rpm: 900 }
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, rpm: 100, timeout: 30 }
  - model_name: cheap
    litellm_params: { model: gpt-4o-mini }
  - model_name: sonnet
    litellm_params: { model: claude-sonnet-4-5, api_key: sk-ant-plain-text }
  - model_name: llama
    litellm_params: { model: openai/meta/llama, api_base: "http://127.0.0.1:8000/v1" }
    model_info: { input_cost_per_token: 0.0000005, output_cost_per_token: 0.0000015 }
  - model_name: titan
    litellm_params: { model: bedrock/amazon.titan, aws_region_name: eu-central-1 }
  - model_name: "openai/*"
    litellm_params: { model: "openai/*", api_key: os.environ/OPENAI_API_KEY }
  - model_name: rare
    litellm_params: { model: nobody_knows/x }
litellm_settings:
  drop_params: true
  num_retries: 2
  max_budget: 100
  budget_duration: 30d
  fallbacks: [ { gpt-4o: [ cheap, sonnet ] } ]
  context_window_fallbacks: [ { cheap: [ gpt-4o ] } ]
  cache: true
router_settings:
  routing_strategy: simple-shuffle
  model_group_alias: { gpt-4: gpt-4o }
  allowed_fails: 3
  cooldown_time: 60
  timeout: 120
  provider_budget_config: { openai: { budget_limit: 5, time_period: 1d } }
general_settings: { master_key: sk-1234, database_url: "postgresql://x", max_parallel_requests: 10 }
guardrails: []
`;

const converted = convertLiteLlm(EXAMPLE, 'config.yaml');
const written = parse(converted.yaml) as Record<string, unknown>;
const loads = (yaml: string): string[] => {
  const env = Object.fromEntries(
    [...yaml.matchAll(/\$\{(\w+)\}/g)].map(match => [match[1], 'a-value-from-outside']),
  );
  const loaded = loadConfigText(yaml, 'weir.yaml', env);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
};

describe('an imported LiteLLM configuration', () => {
  it('loads', () => expect(loads(converted.yaml)).toEqual([]));

  it('has a provider for each address and credential, and no secret that was not in the file', () => {
    expect(written.providers).toEqual({
      'azure-openai': {
        base_url: 'https://eu.openai.azure.com',
        api_version: '2024-10-21',
        keys: [{ value: '${AZURE_EU}' }],
      },
      openai: { keys: [{ value: '${OPENAI_API_KEY}' }] },
      anthropic: { keys: [{ value: 'sk-ant-plain-text' }] },
      llama: { kind: 'openai-compatible', base_url: 'http://127.0.0.1:8000/v1', auth: 'none' },
      bedrock: {
        region: 'eu-central-1',
        keys: [{ access_key_id: '${AWS_ACCESS_KEY_ID}', secret_access_key: '${AWS_SECRET_ACCESS_KEY}' }],
      },
    });
    expect(converted.notes.join('\n')).toMatch(/key stands in the file as plain text/);
  });

  it('has routes: weights of simple-shuffle, fallbacks for when all others fail, aliases', () => {
    const targets = [
      { provider: 'azure-openai', model: 'gpt-4o-eu', weight: 900 },
      { provider: 'openai', model: 'gpt-4o', weight: 100 },
      { provider: 'openai', model: 'gpt-4o-mini', weight: 0 },
    ];
    expect(written.routes).toEqual([
      { match: { model: 'gpt-4o' }, strategy: 'weighted', targets },
      { match: { model: 'cheap' }, targets: [{ provider: 'openai', model: 'gpt-4o-mini' }] },
      { match: { model: 'sonnet' }, targets: [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }] },
      { match: { model: 'llama' }, targets: [{ provider: 'llama', model: 'meta/llama' }] },
      { match: { model: 'titan' }, targets: [{ provider: 'bedrock', model: 'amazon.titan' }] },
      { match: { model: 'gpt-4' }, strategy: 'weighted', targets },
    ]);
  });

  it('has budgets, limits, patience and prices', () => {
    expect(written).toMatchObject({
      retry: { attempts: 3, again: 2 },
      breaker: { failures: 4, open: '60000ms' },
      timeouts: { total: '120000ms' },
      policies: [
        { name: 'budget', budget: { usd: 100, per: '30d' } },
        {
          name: 'budget-openai',
          when: 'ai.provider == "openai"',
          budget: { usd: 5, per: 'day', by: ['provider'] },
        },
        { name: 'parallel-each', limit: { concurrent: 10, by: ['consumer'] } },
      ],
      prices: [{ provider: 'llama', model: 'meta/llama', input: '0.5', output: '1.5' }],
    });
  });

  it.each([
    ['what is not translated', /fallbacks of gpt-4o: anthropic\/claude-sonnet-4-5 speaks anthropic/],
    ['a dialect that callers have to speak', /sonnet is asked for in anthropic's own dialect/],
    ['a provider without a name here', /rare is at nobody_knows/],
    ['a wildcard that needs nothing', /openai\/\* needs no route/],
    ['fallbacks by reason', /context_window_fallbacks/],
    ['rpm as weight', /rpm and tpm are weights/],
    ['the master key', /master_key: .*weir key new/],
    ['the database', /database_url/],
    ['the cache', /litellm_settings\.cache: Weir does not cache/],
    ['parameters of one deployment', /litellm_params\.timeout/],
    ['sections that nobody knows', /guardrails/],
    ['virtual keys', /virtual keys/],
  ])('tells of %s', (_, sentence) => {
    expect(converted.notes.filter(note => sentence.test(note))).toHaveLength(1);
    expect(
      converted.yaml.split('\n').filter(line => line.startsWith('# - ') && sentence.test(line)),
    ).toHaveLength(1);
  });

  it.each([
    ['1h', 'hour'],
    ['24h', 'day'],
    ['1d', 'day'],
    ['7d', 'week'],
    ['1w', 'week'],
    ['30d', '30d'],
    ['1mo', 'month'],
    ['30m', null],
    ['30s', null],
    ['soon', null],
  ])('has for a budget_duration of %s the window %s', (duration, window) =>
    expect(windowOf(duration)).toBe(window),
  );

  it.each([
    ['usage-based-routing-v2', 'busy', /usage-based-routing-v2 has no counterpart/],
    ['least-busy', 'busy', null],
    ['latency-based-routing', 'latency', null],
    ['cost-based-routing', 'cost', null],
  ])('has for %s the strategy %s', (strategy, expected, note) => {
    const two = ['a', 'b'].map(key => ({
      model_name: 'm',
      litellm_params: { model: 'openai/m', api_key: `os.environ/${key.toUpperCase()}` },
    }));
    const found = convertLiteLlm(
      JSON.stringify({ model_list: two, router_settings: { routing_strategy: strategy } }),
      'c',
    );
    const { routes } = parse(found.yaml) as { routes: { strategy: string }[] };
    expect([routes[0]?.strategy, note === null || found.notes.some(each => note.test(each))]).toEqual([
      expected,
      true,
    ]);
    expect(loads(found.yaml)).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    [
      'odd values',
      'model_list: [ 1, { model_name: x }, { model_name: y, litellm_params: { model: 5 } } ]\nrouter_settings: []\nlitellm_settings: { fallbacks: 3, max_budget: x }',
    ],
    ['keys that comments could break', 'model_list: []\n"a\\nb: {": 1'],
    [
      'variables that are none',
      'model_list: [ { model_name: "${X}", litellm_params: { model: openai/y, api_key: "a${B}c" } } ]',
    ],
  ])('is refused with a sentence, or loads: %s', (_, text) => {
    let yaml: string | null = null;
    try {
      yaml = convertLiteLlm(text, 'c').yaml;
    } catch (error) {
      expect((error as Error).message).toMatch(/^this is no /);
    }
    if (yaml !== null) expect(loads(yaml).filter(problem => !problem.includes('${X}'))).toEqual([]);
  });

  it('serves', async () => {
    const upstream = await startProvider((_, response) => response.end('{"model":"m-1","choices":[]}'));
    const { yaml } = convertLiteLlm(
      JSON.stringify({
        model_list: [
          {
            model_name: 'mine',
            litellm_params: { model: 'openai/m-1', api_base: `${upstream.url}/v1`, api_key: 'sk-theirs' },
          },
        ],
      }),
      'c',
    );
    const key = newWeirKey();
    const gateway = await startGateway(
      yaml.replace('- name: default', `- { name: default, keys: [ { sha256: "${weirKeySha256(key)}" } ] }`),
    );
    const answer = await chat(gateway, { model: 'mine' }, { authorization: `Bearer ${key}` });
    expect(answer.status).toBe(200);
    const [seen] = upstream.seen;
    expect([seen?.headers.authorization, JSON.parse(seen?.body.toString() ?? '{}').model]).toEqual([
      'Bearer sk-theirs',
      'm-1',
    ]);
  });
});

describe('weir import litellm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-import-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const weir = fileURLToPath(new URL('../../dist/cli/weir.js', import.meta.url));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [weir, 'import', 'litellm', ...args], { encoding: 'utf8', cwd: folder });

  it('writes the file, tells the rest on standard error, and overwrites nothing', () => {
    writeFileSync(join(folder, 'config.yaml'), EXAMPLE);
    const first = run('config.yaml', '-o', 'weir.yaml');
    expect([first.status, first.stdout]).toEqual([0, '']);
    expect(first.stderr).toMatch(/virtual keys[\s\S]*5 providers, 6 routes, 3 policies: weir\.yaml/);
    expect(readFileSync(join(folder, 'weir.yaml'), 'utf8')).toBe(converted.yaml);
    const again = run('config.yaml', '-o', 'weir.yaml');
    expect([again.status, /EEXIST/.test(again.stderr)]).toEqual([1, true]);
    const plain = run('config.yaml');
    expect([plain.status, plain.stdout]).toEqual([0, converted.yaml]);
    const json = JSON.parse(run('config.yaml', '--json').stdout) as { notes: string[]; counts: object };
    expect([json.notes, json.counts]).toEqual([converted.notes, { providers: 5, routes: 6, policies: 3 }]);
  });

  it('fails with a sentence', () => {
    expect(run('nowhere.yaml')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/nowhere\.yaml: ENOENT/),
    });
    writeFileSync(join(folder, 'bad.yaml'), 'a: [');
    expect(run('bad.yaml')).toMatchObject({ status: 1, stderr: expect.stringMatching(/no YAML/) });
    expect(run().status).toBe(2);
  });
});
