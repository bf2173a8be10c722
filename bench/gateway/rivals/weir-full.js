// Weir with everything on: a consumer found by his key, five policies (rate, tokens, concurrency, dollars, a cap), two plugins, the ledger as always.
// Nothing is refused: what a request costs that passes is the question, not what a refusal saves.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { weir } from './weir.js';

const plugin = name => fileURLToPath(new URL(`../../../build/plugins/${name}.wasm`, import.meta.url));
const PLUGINS = ['model-tiers', 'quota-by-tag'];
const KEY = `weir_${'bench'.padEnd(49, '0')}`;
const MANY = 1_000_000_000;

const sha256 = createHash('sha256').update(KEY).digest('hex');
const CONFIG = [
  'consumers:',
  `  - { name: bench, tags: { project: research }, keys: [ { name: only, sha256: "${sha256}" } ] }`,
  'policies:',
  `  - { name: rpm, limit: { requests: ${MANY}, per: 1m, by: [consumer] } }`,
  `  - { name: streams, limit: { concurrent: 10000, by: [consumer] } }`,
  '  - { name: sizes, cap: { input_tokens: 100000, output_tokens: 4096, over: lower } }',
  '  - name: tiers',
  '    plugin:',
  `      file: ${plugin('model-tiers')}`,
  '      grant: [lookup]',
  '      config: { tiers: { free: ["gpt-4o-mini"], gold: ["gpt-4o*"] }, consumers: { "bench*": gold }, default_tier: free }',
  '  - name: projects',
  '    plugin:',
  `      file: ${plugin('quota-by-tag')}`,
  '      grant: [counters]',
  `      config: { limits: [ { by: tag.project, unit: requests, limit: ${MANY}, per: 1h } ] }`,
  `  - { name: tokens, limit: { tokens: ${MANY}, per: 1m, by: [consumer, model] } }`,
  '  - { name: money, budget: { usd: 1000000, per: month, by: [consumer] } }',
];

export const weirFull = {
  name: 'weir-full',
  title: 'Weir with everything on',
  missing() {
    const absent = PLUGINS.find(name => !existsSync(plugin(name)));
    return absent === undefined
      ? weir.missing()
      : `build/plugins/${absent}.wasm is not built; run \`npm run build\``;
  },
  async start({ upstreamPort, folder }) {
    const anonymous = 'deny';
    const plan = await weir.start({ upstreamPort, folder, anonymous, keys: true, more: CONFIG });
    return { ...plan, headers: { authorization: `Bearer ${KEY}` } };
  },
};
