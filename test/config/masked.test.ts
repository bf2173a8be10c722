// The configuration as it is shown to people: complete, and without any secret.
import { describe, expect, it } from 'vitest';
import {
  configSecrets,
  embeddedDefault,
  formatProblem,
  loadConfigText,
  maskedConfig,
} from '../../src/config/load.js';

const TEXT = `
admin: { token: secret-admin-token }
providers:
  openai:
    keys: [ { value: secret-openai-key, name: main } ]
    headers: { X-Org: secret-header-value, X-On: 'true' }
    proxy: "http://me:secret%2Dproxy@proxy:3128"
  bedrock:
    region: eu-west-1
    keys: [ { access_key_id: secret-access-id, secret_access_key: secret-access-key, session_token: secret-session } ]
consumers:
  - { name: a, keys: [ { sha256: "${'ab'.repeat(32)}", expires: 2027-01-01, models: [gpt-4o] } ] }
routes:
  - { match: { model: fast }, targets: [ { provider: openai, model: gpt-4o-mini } ] }
`;

const loaded = loadConfigText(TEXT, 'weir.yaml', {});
if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
const { config } = loaded;

describe('the configuration as it is shown', () => {
  it('has no secret in it', () => {
    const shown = JSON.stringify(maskedConfig(config));
    expect(shown).not.toContain('secret-');
    expect(shown).not.toContain('secret%2D');
    for (const secret of configSecrets(config)) expect(shown).not.toContain(secret);
  });

  it('has the contract’s names and units', () => {
    expect(maskedConfig(config)).toMatchObject({
      listen: '127.0.0.1:8787',
      admin: { listen: '127.0.0.1:8788', token: '***' },
      limits: { body_bytes: '32MiB' },
      timeouts: { first_byte: '10m' },
      ledger: { durability: 'os', on_full: 'refuse' },
      providers: {
        openai: {
          base_url: 'https://api.openai.com/v1',
          keys: [{ name: 'main', value: '***' }],
          headers: { 'x-org': '***' },
          proxy: 'http://***@proxy:3128',
        },
        bedrock: { keys: [{ access_key_id: '***', secret_access_key: '***', session_token: '***' }] },
      },
      consumers: [{ keys: [{ sha256: 'abababab…', expires: '2027-01-01T00:00:00.000Z' }] }],
      routes: [{ match: { model: 'fast' }, targets: [{ provider: 'openai', model: 'gpt-4o-mini' }] }],
    });
  });

  it('is plain JSON for the embedded default', () => {
    const shown = maskedConfig(embeddedDefault('/srv/x'));
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
  });
});

describe('the secrets of a configuration', () => {
  it('are all listed, the longest first', () => {
    const secrets = configSecrets(config);
    expect(new Set(secrets)).toEqual(
      new Set([
        'secret-admin-token',
        'secret-openai-key',
        'secret-header-value',
        'secret%2Dproxy',
        'secret-proxy',
        'secret-access-id',
        'secret-access-key',
        'secret-session',
      ]),
    );
    const lengths = secrets.map(secret => secret.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
  });
});
