// What a right configuration becomes: defaults, units, places, and the warnings that come with it.
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { embeddedDefault, formatProblem, loadConfigText } from '../../src/config/load.js';
import { BUILT_IN_NAMES } from '../../src/provider/table.js';

function config(text: string, env: Record<string, string> = {}): Config {
  const loaded = loadConfigText(text, '/etc/weir/weir.yaml', env);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

function warnings(text: string): string[] {
  const loaded = loadConfigText(text, 'weir.yaml', {});
  return loaded.ok ? loaded.warnings.map(formatProblem) : ['not loaded'];
}

const SHA = '0123456789abcdef'.repeat(4);

const DAY_MS = 86_400_000;

describe('a configuration', () => {
  it('has every default of the contract where it says nothing', () => {
    expect(config('')).toEqual({
      listen: { host: '127.0.0.1', port: 8787 },
      tls: null,
      ledger: {
        durability: 'os',
        onFull: 'refuse',
        retentionMs: 90 * DAY_MS,
        rollupRetentionMs: 1095 * DAY_MS,
      },
      workers: Math.max(1, availableParallelism() - 1),
      dataDir: '/etc/weir/weir-data',
      admin: { listen: { host: '127.0.0.1', port: 8788 }, token: null },
      limits: {
        bodyBytes: 33_554_432,
        bufferedBytes: 268_435_456,
        inspectBytes: 8_388_608,
        headerBytes: 32_768,
      },
      timeouts: {
        connectMs: 5000,
        firstByteMs: 600_000,
        idleMs: 300_000,
        totalMs: 3_600_000,
        drainMs: 30_000,
      },
      retry: { attempts: 5, again: 0, backoffMs: 100, backoffMaxMs: 5000, budget: 0.2, reserve: 10 },
      breaker: {
        failures: 5,
        share: 0.5,
        requests: 20,
        outlier: 0.2,
        openMs: 5000,
        openMaxMs: 300_000,
        allOpen: 'try',
      },
      trustedProxies: [],
      timezone: 'UTC',
      corsOrigins: [],
      providers: [],
      consumers: [],
      anonymous: 'deny',
      routes: [],
      tags: [],
      metrics: { by: ['consumer'], values: 100 },
      log: { level: 'info', requests: true },
      otlp: null,
      policies: [],
      pluginsDir: null,
      prices: [],
    });
  });

  it('keeps sums as long as records where it says nothing of them', () => {
    expect(config('ledger: { retention: 2000d }').ledger).toMatchObject({
      retentionMs: 2000 * DAY_MS,
      rollupRetentionMs: 2000 * DAY_MS,
    });
  });

  it('gives a provider its defaults', () => {
    expect(config('providers: { openai: }').providers).toEqual([
      {
        name: 'openai',
        kind: 'openai',
        baseUrl: 'https://api.openai.com/v1',
        auth: 'default',
        credentials: 'own',
        keys: [],
        usageOptIn: 'auto',
        onAbort: 'cancel',
        headers: {},
        proxy: null,
        exposeProviderLimits: false,
        region: null,
        apiVersion: null,
        project: null,
        location: null,
      },
    ]);
  });

  it('takes the contract’s example but what later versions will enforce', () => {
    const loaded = config(
      `listen: 127.0.0.1:8787
tls: { cert: server.pem, key: server.key }
workers: auto
data_dir: ./weir-data
admin: { listen: 127.0.0.1:8788, token: "\${WEIR_ADMIN_TOKEN}" }
limits: { body_bytes: 32MiB, buffered_bytes: 256MiB, inspect_bytes: 8MiB, header_bytes: 32KiB }
timeouts: { connect: 5s, first_byte: 600s, idle: 300s, total: 3600s, drain: 30s }
trusted_proxies: []
timezone: UTC
cors: { origins: [] }
providers:
  openai: { keys: [ { value: "\${OPENAI_API_KEY}", name: main } ] }
  azure-openai: { base_url: "https://me.openai.azure.com", api_version: 2024-10-21 }
  local:  { kind: openai-compatible, base_url: "http://127.0.0.1:11434", auth: none }
  demo:   { kind: openai, base_url: "simulator:" }
consumers:
  - { name: team-a, tags: { tier: gold }, keys: [ { sha256: "${SHA}", name: ci, expires: 2027-01-01, models: ["gpt-4o*"] } ] }
anonymous: deny
routes:
  - { match: { model: "fast" }, targets: [ { provider: openai, model: gpt-4o-mini }, { provider: azure-openai, model: my-deployment } ] }
tags: [project, env]
policies: []
ledger: { durability: os, on_full: refuse, retention: 90d }
plugins_dir:
`,
      { WEIR_ADMIN_TOKEN: 'an-admin-token-of-length', OPENAI_API_KEY: 'sk-1' },
    );
    expect(loaded.providers.map(provider => provider.name)).toEqual([
      'openai',
      'azure-openai',
      'local',
      'demo',
    ]);
    expect(loaded.providers[0]?.keys[0]).toMatchObject({ name: 'main', value: 'sk-1' });
    expect(loaded.providers[1]?.apiVersion).toBe('2024-10-21');
    expect(loaded.consumers[0]?.keys[0]).toEqual({
      name: 'ci',
      sha256: SHA,
      expiresMs: Date.UTC(2027, 0, 1),
      models: ['gpt-4o*'],
    });
    expect(loaded.routes[0]).toEqual({
      match: { model: 'fast', api: null, path: null, consumer: null },
      targets: [
        { provider: 'openai', model: 'gpt-4o-mini', weight: 1 },
        { provider: 'azure-openai', model: 'my-deployment', weight: 1 },
      ],
      strategy: 'order',
      firstByteMs: null,
    });
    expect(loaded.ledger).toEqual({
      durability: 'os',
      onFull: 'refuse',
      retentionMs: 90 * DAY_MS,
      rollupRetentionMs: 1095 * DAY_MS,
    });
    expect(loaded.tls).toEqual({ cert: '/etc/weir/server.pem', key: '/etc/weir/server.key' });
  });

  it('lets any built-in name stand in for a server of any kind', () => {
    const names = [...BUILT_IN_NAMES, 'voyage2', 'azure-ai'];
    const text = names.map(name => {
      const kind = BUILT_IN_NAMES.includes(name) ? '' : 'kind: openai-compatible, ';
      return `  ${name}: { ${kind}base_url: "http://127.0.0.1:9/", usage_opt_in: never }`;
    });
    const { providers } = config(`anonymous: allow\nproviders:\n${text.join('\n')}\n`);
    expect(providers.map(provider => provider.name)).toEqual(names);
    expect(new Set(providers.map(provider => provider.baseUrl))).toEqual(new Set(['http://127.0.0.1:9']));
  });

  it('is frozen to its last leaf', () => {
    const loaded = config(
      `providers: { openai: { headers: { X-A: b } } }\nconsumers: [ { name: a, keys: [ { sha256: ${SHA} } ] } ]`,
    );
    const thawed: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) thawed.push(path);
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    };
    visit(loaded, 'config');
    expect(thawed).toEqual([]);
  });

  it('puts regions and locations into host names', () => {
    const { providers } = config(
      'providers:\n  bedrock: { region: eu-west-1 }\n  vertex-ai: { project: p, location: us-east5 }\n  v2: { kind: vertex-ai }\n  v3: { kind: vertex-ai, location: eu }',
    );
    expect(providers.map(provider => provider.baseUrl)).toEqual([
      'https://bedrock-runtime.eu-west-1.amazonaws.com',
      'https://us-east5-aiplatform.googleapis.com',
      'https://aiplatform.googleapis.com',
      'https://aiplatform.eu.rep.googleapis.com',
    ]);
  });

  it('reads the region of a Bedrock host that it is given', () => {
    const { providers } = config(
      'providers: { bedrock: { base_url: "https://bedrock-runtime.us-west-2.amazonaws.com", keys: [ { access_key_id: A, secret_access_key: B } ] } }',
    );
    expect(providers[0]?.region).toBe('us-west-2');
  });

  it('takes environment variables anywhere in a string, also for numbers', () => {
    const { listen, workers, timezone } = config(
      `listen: "127.0.0.1:\${PORT}"\nworkers: \${N}\ntimezone: $\${x}UTC`.replace(`$\${x}`, ''),
      {
        PORT: '9000',
        N: '3',
      },
    );
    expect([listen.port, workers, timezone]).toEqual([9000, 3, 'UTC']);
  });

  it('takes a doubled dollar for a plain one', () => {
    const { providers } = config(`providers: { openai: { keys: [ { value: "a$\${b}c$d" } ] } }`);
    expect(providers[0]?.keys[0]?.value).toBe(`a\${b}c$d`);
  });

  it('does not look into what a variable holds', () => {
    const { providers } = config(`providers: { openai: { keys: [ { value: "\${A}" } ] } }`, { A: `\${B}` });
    expect(providers[0]?.keys[0]?.value).toBe(`\${B}`);
  });

  it('knows anchors and aliases', () => {
    const { providers } = config('providers:\n  a: &a { kind: openai, on_abort: drain }\n  b: *a');
    expect(providers.map(provider => provider.onAbort)).toEqual(['drain', 'drain']);
  });

  it('reads JSON, which is YAML', () => {
    expect(config('{"anonymous": "allow", "workers": 2}').workers).toBe(2);
  });
});

describe('the embedded default', () => {
  it('answers every built-in provider by the simulator, for anybody', () => {
    const loaded = embeddedDefault(`/srv/a "b" \${c}`);
    expect(loaded.anonymous).toBe('allow');
    expect(loaded.dataDir).toBe(`/srv/a "b" \${c}`);
    expect(loaded.providers.map(provider => provider.name)).toEqual(BUILT_IN_NAMES);
    expect(loaded.providers.every(provider => provider.baseUrl === 'simulator:')).toBe(true);
  });
});

describe('a valid configuration that will hardly do what is wanted', () => {
  const key = `consumers: [ { name: a, keys: [ { sha256: ${SHA} } ] } ]`;
  it.each([
    ['', /1:1: warning: providers has no entry/],
    [
      'providers: { openai: { base_url: "simulator:" } }',
      /warning: consumers has no key while anonymous is deny/,
    ],
    [`providers:\n  openai: {}\n${key}`, /2:3: warning: providers\.openai has no keys/],
    [`providers: { openai: { auth: none, keys: [ { value: x } ] } }\n${key}`, /keys are never sent/],
    [
      `providers: { openai: { credentials: caller, keys: [ { value: x } ] } }\n${key}`,
      /never sent while credentials is caller/,
    ],
    [
      'anonymous: allow\nproviders: { openai: { keys: [ { value: x } ] } }',
      /only consumers with a Weir key get them/,
    ],
    ['providers: { openai: { base_url: "https://x/v1/chat/completions" } }', /looks like one operation/],
    [key.replace(' } ] }', ', expires: 2020-01-01 } ] }'), /is past: this key is refused/],
    ['providers: { v1: { kind: openai } }', /providers\.v1 is also how native paths begin/],
    ['admin: { token: short }', /fewer than 16 characters/],
    [
      'providers: { openai: }\nroutes: [ { match: { consumer: nobody }, targets: [ { provider: openai } ] } ]',
      /never taken/,
    ],
  ])('is warned about: %j', (text, words) => {
    expect(warnings(text).join('\n')).toMatch(words);
  });

  it.each([
    'anonymous: allow\nproviders: { openai: { base_url: "simulator:" } }',
    'anonymous: allow\nproviders: { openai: {} }',
    `providers: { ollama: {}, demo: { kind: openai, base_url: "simulator:" }, o: { kind: openai, keys: [ { value: x } ] } }\n${key}`,
    `providers: { openai: { credentials: caller } }\n${key}`,
  ])('is not warned about without need: %j', text => expect(warnings(text)).toEqual([]));
});
