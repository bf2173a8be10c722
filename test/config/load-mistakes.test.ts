// Every kind of mistake, as a table: what the file says, where the problem is, and words that its message must have.
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/config/interpolate.js';
import { loadConfigText } from '../../src/config/load.js';
import { formatProblem, type Problem } from '../../src/config/problem.js';

const ENV: Environment = { SECRET: 'hunter2hunter2', EMPTY: '', PORT: '9000' };
const SHA = 'a'.repeat(64);

function errors(text: string): readonly Problem[] {
  const loaded = loadConfigText(text, 'weir.yaml', ENV);
  return loaded.ok ? [] : loaded.problems.filter(problem => problem.severity === 'error');
}

/** [text, line:column, path, words of the message] */
const MISTAKES: readonly (readonly [string, string, string, ...RegExp[]])[] = [
  // The server.
  ['lissten: 127.0.0.1:1', '1:1', 'lissten', /did you mean listen\?/, /allowed: listen, tls/],
  ['listen: localhost', '1:9', 'listen', /"localhost"/, /host:port/],
  ['listen: 127.0.0.1:70000', '1:9', 'listen', /65535/],
  ['listen: 8787', '1:9', 'listen', /the number 8787/],
  ['\n\nworkers: 0', '3:10', 'workers', /auto, or a whole number from 1 to 256/],
  ['workers: 1.5', '1:10', 'workers', /1\.5/],
  ['data_dir: ""', '1:11', 'data_dir', /""/],
  ['tls: { cert: a.pem }', '1:6', 'tls.key', /is missing/],
  ['tls: server.pem', '1:6', 'tls', /is text/, /a mapping of cert, key/],
  ['admin: { listen: "0.0.0.0:8788" }', '1:8', 'admin.token', /missing/, /0\.0\.0\.0/],
  ['admin: { listen: "[::]:8788" }', '1:8', 'admin.token', /missing/],
  ['admin: { listen: "127.0.0.1:8787" }', '1:18', 'admin.listen', /same address as listen/],
  ['listen: "0.0.0.0:8788"', '1:1', 'admin.listen', /same address as listen/],
  [
    'providers:\n  openai: { keys: [ { value: "sk-x\\n" } ] }',
    '2:30',
    'providers.openai.keys[0].value',
    /\*\*\* \(5 characters\)/,
    /line end/,
  ],
  ['limits:\n  body_bytes: 3 apples', '2:15', 'limits.body_bytes', /"3 apples"/, /1KiB to 1GiB/],
  ['limits:\n  bodybytes: 1MiB', '2:3', 'limits.bodybytes', /did you mean body_bytes/],
  ['limits: { body_bytes: 512MiB }', '1:23', 'limits.body_bytes', /buffered_bytes/],
  ['limits: []', '1:9', 'limits', /a list/, /a mapping/],
  ['timeouts: { connect: 5 }', '1:22', 'timeouts.connect', /the number 5/, /5s, 250ms/],
  ['timeouts: { total: 8d }', '1:20', 'timeouts.total', /1ms to 168h/],
  ['trusted_proxies: [127.0.0.1, 10.0.0.0/33]', '1:30', 'trusted_proxies[1]', /10\.0\.0\.0\/33/],
  ['trusted_proxies: 10.0.0.0/8', '1:18', 'trusted_proxies', /a list of/],
  ['timezone: Mars/Phobos', '1:11', 'timezone', /Mars\/Phobos/, /Europe\/Vienna/],
  ['cors: { origins: ["*"] }', '1:19', 'cors.origins[0]', /https:\/\/app\.example\.com/],
  ['cors: { origins: ["https://a.example/"] }', '1:19', 'cors.origins[0]', /origin/],
  ['anonymous: maybe', '1:12', 'anonymous', /"maybe"/, /allow, deny/],
  ['tags: [project, "a b"]', '1:17', 'tags[1]', /"a b"/],
  ['tags: [a, A]', '1:11', 'tags[1]', /second time/],
  ['plugins_dir: [a]', '1:14', 'plugins_dir', /a list/, /relative to this file/],
  ['ledger: on', '1:9', 'ledger', /a mapping of durability, on_full/],
  ['ledger: { durability: disk }', '1:23', 'ledger.durability', /"disk"/, /os, fsync/],
  ['ledger: { on_full: block }', '1:20', 'ledger.on_full', /"block"/, /refuse, serve/],
  ['ledger: { retention: 90 }', '1:22', 'ledger.retention', /the number 90/, /90d/],
  ['ledger: { retention: 1h }', '1:22', 'ledger.retention', /"1h"/, /1d to 3650d/],
  [
    'ledger: { retention: 400d, rollup_retention: 365d }',
    '1:46',
    'ledger.rollup_retention',
    /is 365d, less than ledger\.retention \(400d\)/,
  ],
  ['ledger: { retain: 90d }', '1:11', 'ledger.retain', /allowed: durability, on_full, retention/],
  // Providers.
  ['providers: [openai]', '1:12', 'providers', /a list/, /a mapping of provider names/],
  ['providers:\n  weir: {}', '2:3', 'providers.weir', /reserved/],
  ['providers:\n  "a/b": { kind: openai }', '2:3', 'providers.a/b', /no provider name/],
  ['providers:\n  opanai: {}', '2:3', 'providers.opanai', /did you mean openai/],
  ['providers:\n  mine: { kind: opena1 }', '2:17', 'providers.mine.kind', /did you mean openai/],
  ['providers:\n  vllm: {}', '2:9', 'providers.vllm.base_url', /missing/],
  ['providers:\n  azure-openai:', '2:3', 'providers.azure-openai.base_url', /missing/],
  ['providers:\n  openai: { base_url: "ftp://x" }', '2:23', 'providers.openai.base_url', /simulator:/],
  ['providers:\n  openai: { base_url: "https://u:pw@x" }', '2:23', 'providers.openai.base_url', /\*\*\*@x/],
  [
    'providers:\n  openai: { base_url: "https://x/v1?a=b" }',
    '2:23',
    'providers.openai.base_url',
    /without query/,
  ],
  ['providers:\n  openai: { auth: 5 }', '2:19', 'providers.openai.auth', /the number 5/, /default, none/],
  [
    'providers:\n  openai: { usage_opt_in: yes }',
    '2:27',
    'providers.openai.usage_opt_in',
    /auto, always, never/,
  ],
  ['providers:\n  openai: { region: x }', '2:13', 'providers.openai.region', /bedrock only/],
  ['providers:\n  openai: { proxy: "socks5://x:1" }', '2:20', 'providers.openai.proxy', /http:\/\//],
  ['providers:\n  openai: { headers: { Host: x } }', '2:24', 'providers.openai.headers.Host', /Weir itself/],
  ['providers:\n  openai: { headers: { a b: x } }', '2:24', 'providers.openai.headers.a b', /token/],
  [
    'providers:\n  openai: { headers: { Authorization: x } }',
    '2:24',
    'providers.openai.headers.Authorization',
    /keys/,
  ],
  ['providers:\n  openai: { headers: { x: "a\\nb" } }', '2:27', 'providers.openai.headers.x', /\*\*\*/],
  [
    'providers:\n  openai: { expose_provider_limits: 1 }',
    '2:37',
    'providers.openai.expose_provider_limits',
    /true or false/,
  ],
  ['providers:\n  openai: { keys: [ {} ] }', '2:21', 'providers.openai.keys[0].value', /missing/],
  [
    'providers:\n  openai: { keys: [ { access_key_id: A, value: b } ] }',
    '2:23',
    'providers.openai.keys[0].access_key_id',
    /no meaning/,
  ],
  [
    'providers:\n  openai: { keys: [ { value: a, name: x }, { value: b, name: x } ] }',
    '2:62',
    'providers.openai.keys[1].name',
    /second time/,
  ],
  ['providers:\n  bedrock: {}', '2:12', 'providers.bedrock.region', /us-east-1/],
  ['providers:\n  bedrock: { region: "a b" }', '2:22', 'providers.bedrock.region', /a-z, 0-9/],
  [
    'providers:\n  bedrock: { region: r, keys: [ { access_key_id: A } ] }',
    '2:33',
    'providers.bedrock.keys[0].secret_access_key',
    /missing/,
  ],
  [
    'providers:\n  bedrock: { base_url: "http://x", keys: [ { access_key_id: A, secret_access_key: B } ] }',
    '2:12',
    'providers.bedrock.region',
    /signed/,
  ],
  [
    'providers:\n  vertex-ai: { keys: [ { value: "{}" } ] }',
    '2:33',
    'providers.vertex-ai.keys[0].value',
    /access token/,
  ],
  [
    'providers:\n  openai: { keys: [ { value: weir_x } ] }',
    '2:30',
    'providers.openai.keys[0].value',
    /own key/,
  ],
  // Consumers.
  ['consumers: { a: 1 }', '1:12', 'consumers', /a list of consumers/],
  ['consumers:\n  - { tags: { a: b } }', '2:5', 'consumers[0].name', /missing/],
  ['consumers:\n  - { name: anonymous }', '2:13', 'consumers[0].name', /any other/],
  ['consumers:\n  - { name: a }\n  - { name: a }', '3:13', 'consumers[1].name', /second time/],
  [
    'consumers:\n  - { name: a, keys: [ { sha256: zz } ] }',
    '2:34',
    'consumers[0].keys[0].sha256',
    /64 hexadecimal digits/,
  ],
  [
    `consumers:\n  - { name: a, keys: [ { sha256: ${SHA} } ] }\n  - { name: b, keys: [ { sha256: ${SHA.toUpperCase()} } ] }`,
    '3:34',
    'consumers[1].keys[0].sha256',
    /same key as consumers\[0\]\.keys\[0\]/,
  ],
  [
    `consumers:\n  - { name: a, keys: [ { sha256: ${SHA}, expires: 2027-02-30 } ] }`,
    '2:109',
    'consumers[0].keys[0].expires',
    /2027-02-30/,
  ],
  [
    `consumers:\n  - { name: a, keys: [ { sha256: ${SHA}, expires: soon } ] }`,
    '2:109',
    'consumers[0].keys[0].expires',
    /2027-01-01T12:00:00Z/,
  ],
  [
    `consumers:\n  - { name: a, keys: [ { sha256: ${SHA}, models: gpt-4 } ] }`,
    '2:108',
    'consumers[0].keys[0].models',
    /a list of model names/,
  ],
  // Routes.
  ['routes:\n  - { match: { model: fast }, targets: [] }', '2:40', 'routes[0].targets', /at least one/],
  ['routes:\n  - { targets: [ { provider: openai } ] }', '2:5', 'routes[0].match', /missing/],
  [
    'providers: { openai: {} }\nroutes:\n  - { match: {}, targets: [ { provider: openia } ] }',
    '3:41',
    'routes[0].targets[0].provider',
    /did you mean openai/,
  ],
  [
    'providers: { openai: {} }\nroutes:\n  - { match: { api: openai.chatt }, targets: [ { provider: openai } ] }',
    '3:21',
    'routes[0].match.api',
    /did you mean openai\.chat\?/,
  ],
  [
    'providers: { openai: {} }\nroutes:\n  - { match: { path: v1 }, targets: [ { provider: openai } ] }',
    '3:22',
    'routes[0].match.path',
    /begins with/,
  ],
  [
    'providers: { openai: {} }\nroutes:\n  - { match: {}, targets: [ { provider: openai }, { provider: openai } ] }',
    '3:51',
    'routes[0].targets[1]',
    /same target/,
  ],
  [
    'providers: { openai: {}, anthropic: {} }\nroutes:\n  - { match: {}, targets: [ { provider: openai }, { provider: anthropic } ] }',
    '3:63',
    'routes[0].targets[1].provider',
    /speaks anthropic/,
    /speaks openai/,
  ],
  [
    'providers: { anthropic: {} }\nroutes:\n  - { match: { api: openai.chat }, targets: [ { provider: anthropic } ] }',
    '3:59',
    'routes[0].targets[0].provider',
    /speaks openai/,
  ],
  // Environment and YAML.
  [`timezone: "\${NOPE}"`, '1:11', 'timezone', /NOPE, which is not set/],
  [`timezone: "\${no name}"`, '1:11', 'timezone', /names no environment variable/],
  [`timezone: "\${SECRET`, '1:20', '', /YAML is broken/],
  [`timezone: "a\${SECRET"`, '1:11', 'timezone', /names no environment variable/],
  ['timezone: UTC\ntimezone: UTC', '2:1', '', /the key timezone stands here a second time/],
  ['a: [1\nb: 2', '2:1', '', /YAML is broken/],
  ['timezone: !!str UTC\nlisten: !env X', '2:9', '', /tag/],
  ['timezone: *zone', '1:11', 'timezone', /alias/],
  ['a: 1\n---\nb: 2', '2:1', '', /second YAML document/],
  ['\tlisten: 1', '1:1', '', /YAML is broken|tab/],
  ['? [a]\n: 1', '1:3', '', /not a name/],
  ['__proto__: 1', '1:1', '', /not a name/],
  ['just text', '1:1', '', /no mapping/],
  ['- a', '1:1', '', /no mapping/],
];

describe('a mistake in the configuration', () => {
  it.each(MISTAKES.map(row => ({ row, text: row[0] })))('is reported at its place: $text', ({ row }) => {
    const [text, place, path, ...words] = row;
    const found = errors(text);
    const first = found.find(problem => problem.path === path);
    expect(found.map(formatProblem).join('\n')).toContain(`weir.yaml:${place}: error: `);
    expect(first, found.map(formatProblem).join('\n')).toBeDefined();
    expect(`${first?.line}:${first?.column}`).toBe(place);
    for (const word of words) expect(first?.message).toMatch(word);
  });

  it('does not hide another: all are reported at once, in the order of the text', () => {
    const text =
      'workers: x\nproviders:\n  openai: { auth: 5 }\n  bogus: {}\nconsumers: [ { name: a }, { name: a } ]\ntimezone: X/Y';
    expect(errors(text).map(problem => problem.line)).toEqual([1, 3, 4, 5, 6]);
  });

  it('is complained about once where a variable is not set', () => {
    expect(errors(`providers: { vllm: { base_url: "\${NOPE}" } }`)).toHaveLength(1);
  });

  it.each([
    'providers: { openai: { keys: [ "sk-hunter2hunter2" ] } }',
    'providers: { openai: { keys: [ { vlaue: sk-hunter2hunter2 } ] } }',
    'providers: { openai: { keys: [ { value: [sk-hunter2hunter2] } ] } }',
    `providers: { openai: { keys: [ { value: "\${SECRET}\\n" } ] } }`,
    'providers: { openai: { keys: sk-hunter2hunter2 } }',
    'providers: { openai: sk-hunter2hunter2 }',
    'providers: { openai: { auth: sk-hunter2hunter2 } }',
    'providers: { openai: { base_url: "https://me:hunter2hunter2@host" } }',
    'providers: { openai: { base_url: "ftp://me:hunter2hunter2@host" } }',
    'providers: { openai: { proxy: "ftp://me:hunter2hunter2@host" } }',
    'providers: { openai: { headers: { x-key: "hunter2hunter2\\u0001" } } }',
    'admin: { token: "hunter2hunter2\\u0001" }',
    'admin: { token: 1234567890 }',
    `timezone: "\${SECRET}"`,
    'consumers: [ { name: a, keys: [ { sha256: weir_hunter2hunter2 } ] } ]',
    'listen: [hunter2hunter2',
    'admin: { token: "hunter2hunter2 }',
    'admin: { token: hunter2hunter2: x }',
    'admin: { token: !hunter2hunter2 x }',
    'admin: { token: *hunter2hunter2 }',
  ])('never shows a secret: %j', text => {
    const found = errors(text);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found)).not.toMatch(/hunter2hunter2|1234567890/);
  });
});
