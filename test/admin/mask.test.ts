// No secret of the configuration reaches the admin API.
import { describe, expect, it } from 'vitest';
import { maskConfig } from '../../src/admin/mask.js';

describe('the configuration as it is shown', () => {
  it('has no secret in it, wherever it stands', () => {
    const secrets = ['sk-1', 'AKIA-2', 'aws-3', 'sess-4', 'tok-5', 'Bearer-6', 'pw-7', 'q-8'];
    const config = {
      admin: { token: 'tok-5' },
      providers: [
        {
          name: 'openai',
          keys: [
            {
              name: 'main',
              value: 'sk-1',
              accessKeyId: 'AKIA-2',
              secretAccessKey: 'aws-3',
              sessionToken: 'sess-4',
            },
          ],
          headers: { 'x-extra': 'Bearer-6' },
          proxy: 'http://user:pw-7@proxy.example:3128',
          baseUrl: 'https://api.example/v1?key=q-8',
        },
      ],
    };
    const shown = JSON.stringify(maskConfig(config));
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(maskConfig(config)).toMatchObject({
      providers: [{ proxy: 'http://***@proxy.example:3128', base_url: 'https://api.example/v1?***' }],
    });
  });

  it('spells keys as in weir.yaml and leaves names and everything else alone', () => {
    const config = {
      dataDir: '/var/lib/weir',
      tls: null,
      limits: { bodyBytes: 1024 },
      consumers: [
        { name: 'team-a', tags: { costCenter: 'X1' }, keys: [{ name: 'ci', sha256: 'ab', expiresMs: null }] },
      ],
      providers: [{ baseUrl: 'simulator:', keys: [{ value: null }] }],
    };
    expect(maskConfig(config)).toEqual({
      data_dir: '/var/lib/weir',
      tls: null,
      limits: { body_bytes: 1024 },
      consumers: [
        {
          name: 'team-a',
          tags: { costCenter: 'X1' },
          keys: [{ name: 'ci', sha256: 'ab', expires_ms: null }],
        },
      ],
      providers: [{ base_url: 'simulator:', keys: [{ value: null }] }],
    });
  });

  it('is a copy: the configuration in force stays whole', () => {
    const config = Object.freeze({ admin: Object.freeze({ token: 'tok' }) });
    maskConfig(config);
    expect(config.admin.token).toBe('tok');
  });
});
