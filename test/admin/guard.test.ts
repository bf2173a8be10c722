// Who is answered: tokens, Hosts and Origins as tables, against a real server.
import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/admin/guard.js';
import { startAdmin } from '../../src/admin/server.js';
import { ask } from './ask.js';
import { TestSource, withAdmin } from './source.js';

const OPEN = { listen: { host: '0.0.0.0', port: 0 }, token: 'letmein-1234' };
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('the token', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'weir.example'])(
    'is demanded before listening on %s',
    async host => {
      const start = startAdmin({ listen: { host, port: 0 }, token: null, source: new TestSource() });
      await expect(start).rejects.toThrow(
        `admin.listen is ${host}, which others can reach; set admin.token, or listen on 127.0.0.1`,
      );
    },
  );

  it.each(['/', '/app.js', '/api/requests', '/api/config', '/metrics', '/nothing'])(
    'is demanded for %s',
    async path => {
      await withAdmin(async ({ port }) => {
        const told = await ask(port, path);
        expect([told.status, told.json()]).toMatchObject([401, { error: { code: 'weir_admin_token' } }]);
        expect(told.headers['www-authenticate']).toContain('Basic realm=');
      }, OPEN);
    },
  );

  it('is not demanded from probes', async () => {
    await withAdmin(async ({ port }) => {
      expect((await ask(port, '/healthz')).status).toBe(200);
      expect((await ask(port, '/readyz')).status).toBe(200);
    }, OPEN);
  });

  it.each([
    ['Bearer letmein-1234', 200],
    ['bearer letmein-1234', 200],
    [basic('anybody:letmein-1234'), 200],
    ['Bearer letmein-123', 401],
    ['Bearer letmein-12345', 401],
    ['Bearer ', 401],
    ['letmein-1234', 401],
    [basic('letmein-1234'), 401],
    [basic('letmein-1234:'), 401],
    ['Digest letmein-1234', 401],
  ])('is taken from "authorization: %s" with %i', async (authorization, status) => {
    await withAdmin(async ({ port }) => {
      expect((await ask(port, '/api/requests', { headers: { authorization } })).status).toBe(status);
    }, OPEN);
  });

  it('is demanded on loopback too where one is set', async () => {
    await withAdmin(async ({ port }) => expect((await ask(port, '/api/requests')).status).toBe(401), {
      token: 'x',
    });
  });
});

describe('on loopback', () => {
  it.each([
    ['127.0.0.1:PORT', 200],
    ['localhost:PORT', 200],
    ['LOCALHOST:PORT', 200],
    ['[::1]:PORT', 200],
    ['evil.example', 403],
    ['evil.example:PORT', 403],
    ['127.0.0.1', 403],
    ['127.0.0.1:1', 403],
    ['localhost.:PORT', 403],
    ['127.0.0.1.evil.example:PORT', 403],
  ])('the Host %s is answered with %i', async (host, status) => {
    await withAdmin(async ({ port }) => {
      for (const path of ['/api/requests', '/', '/healthz']) {
        expect((await ask(port, path, { headers: { host: host.replace('PORT', `${port}`) } })).status).toBe(
          status,
        );
      }
    });
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['[::1]', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['', false],
    ['127.0.0.1.evil.example', false],
    ['128.0.0.1', false],
  ])('is %s: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('an Origin', () => {
  it.each([
    ['http://127.0.0.1:PORT', 200],
    ['https://127.0.0.1:PORT', 200],
    ['http://localhost:PORT', 403],
    ['http://127.0.0.1:1', 403],
    ['http://evil.example', 403],
    ['null', 403],
    ['', 403],
  ])('of %s is answered with %i, with or without a token', async (origin, status) => {
    const asked = async (port: number, headers: Record<string, string>) =>
      (
        await ask(port, '/api/requests', {
          headers: { ...headers, origin: origin.replace('PORT', `${port}`) },
        })
      ).status;
    await withAdmin(async ({ port }) => expect(await asked(port, {})).toBe(status));
    await withAdmin(
      async ({ port }) => expect(await asked(port, { authorization: 'Bearer letmein-1234' })).toBe(status),
      OPEN,
    );
  });
});
