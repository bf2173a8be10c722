// The admin API over real sockets: every path, and what strangers get.
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { PluginItem } from '../../src/admin/plugin-item.js';
import { startAdmin } from '../../src/admin/server.js';
import { entry, idOf, usage } from '../ledger/entries.js';
import { ask } from './ask.js';
import { TestSource, withAdmin } from './source.js';

const PLUGIN: PluginItem = {
  policy: 'pii',
  name: 'pii-redact',
  version: '1.0.0',
  sha256: 'ab'.repeat(32),
  file: '/etc/weir/pii.wasm',
  dropped: false,
  mode: 'shadow',
  bytes: 1234,
  hooks: ['on_request'],
  imports: ['message_text'],
  grants: ['messages.read'],
  memory: 65_536,
  fuel: 10_000_000,
  state: 'active',
  reason: null,
  loaded_at: '2026-11-23T09:00:00.000Z',
  old_versions: 0,
  counts: { calls: 3, failed: 1, fuel: 4567 },
};

describe('the admin API', () => {
  it('lists records with filters and a cursor', async () => {
    await withAdmin(async ({ port }, source) => {
      for (let i = 0; i < 5; i++) source.add(entry(i, { outcome: i % 2 === 0 ? 'served' : 'blocked' }));
      const first = await ask(port, '/api/requests?outcome=served&limit=2');
      expect(first.json()).toMatchObject({ items: [{ id: idOf(4) }, { id: idOf(2) }], next: idOf(2) });
      const second = await ask(port, `/api/requests?outcome=served&limit=2&cursor=${idOf(2)}`);
      expect(second.json()).toMatchObject({ items: [{ id: idOf(0) }], next: null });
    });
  });

  it('gives one record, and why it ended so', async () => {
    await withAdmin(async ({ port }, source) => {
      source.add(entry(7, { outcome: 'served', status: 200 }));
      expect((await ask(port, `/api/requests/${idOf(7)}`)).json()).toMatchObject({
        id: idOf(7),
        status: 200,
      });
      const why = (await ask(port, `/api/requests/${idOf(7)}/why`)).json() as { sentences: string[] };
      expect(why.sentences).toContain('The answer went out whole, with status 200.');
    });
  });

  it.each([
    [
      '/api/requests/req_unknown',
      404,
      'this is no request id: they are req_ and 26 characters, as in the header x-weir-request-id',
    ],
    [
      '/api/requests/%2e%2e%2f',
      404,
      'this is no request id: they are req_ and 26 characters, as in the header x-weir-request-id',
    ],
    [
      `/api/requests/${idOf(1)}/why`,
      404,
      'no request of this id is known any longer: by its id it is of 1970-01-01, and records are kept for 90 days (ledger.retention)',
    ],
    [
      '/api/requests/req_7ZZZZZZZZZ0000000000000000',
      404,
      'no request of this id is known: it may be mistyped, or of another Weir',
    ],
    ['/api/requests?limit=9999', 400, 'limit is "9999"; must be a number from 1 to 1000'],
    ['/api/usages', 404, 'there is nothing at this path; docs/admin.md lists what is'],
    ['/api/requests?format=xml', 400, 'format is "xml"; must be one of json, csv'],
    [
      '/api/limits?top=3&limit=2',
      400,
      'top lists the fullest of each policy; limit and cursor belong to the list of all',
    ],
    ['/api/limits?cursor=x', 400, 'cursor is "x"; must be the "next" of the page before'],
    ['/api/limits?polcy=rpm', 400, '"polcy" is not a filter; did you mean policy?'],
    ['/api/limits?top=0', 400, 'top is "0"; must be a number from 1 to 100'],
    ['/constructor', 404, 'there is nothing at this path; docs/admin.md lists what is'],
    ['//', 400, 'the target is not a path'],
  ])('says what is wrong with %s', async (path, status, message) => {
    await withAdmin(async ({ port }) => {
      const told = await ask(port, path);
      expect([told.status, (told.json() as { error: { message: string } }).error.message]).toEqual([
        status,
        message,
      ]);
    });
  });

  it('answers probes by readiness', async () => {
    await withAdmin(async ({ port }, source) => {
      expect((await ask(port, '/readyz')).status).toBe(200);
      source.isReady = false;
      expect((await ask(port, '/readyz')).status).toBe(503);
      expect((await ask(port, '/healthz')).status).toBe(200);
    });
  });

  it('shows totals and metrics of what was settled', async () => {
    await withAdmin(async ({ port }, source) => {
      source.add(
        entry(0, {
          outcome: 'served',
          usage: usage(12, 30),
          gatewayMs: 0.25,
          firstByteMs: 200,
          totalMs: 900,
        }),
      );
      source.add(entry(1));
      expect((await ask(port, '/api/summary')).json()).toEqual({
        started_at: expect.stringMatching(/^2\d{3}-.*Z$/),
        blocked: [],
        requests: 1,
        outcomes: { served: 1 },
        tokens: { input: 12, output: 30 },
        usage_sources: {},
        inflight: 1,
        gateway_ms: 0.25,
        first_byte_ms: 200,
      });
      const metrics = await ask(port, '/metrics');
      expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(metrics.body).toContain(
        'weir_requests_total{outcome="served",api="openai.chat",provider="openai"} 1\n',
      );
      expect(metrics.body).toContain('weir_inflight 1\n');
      expect(metrics.body).toContain('weir_config_version 2\n');
    });
  });

  it('shows the configuration without its secrets', async () => {
    await withAdmin(async ({ port }, source) => {
      source.inForce = { admin: { token: 'geheim' } };
      expect((await ask(port, '/api/config')).json()).toEqual({
        config: { admin: { token: '***' } },
        problems: ['weir.yaml:3:1 x'],
        loaded_at: '2026-11-23T09:00:00.000Z',
        version: 2,
      });
    });
  });

  it('says what broke when a record cannot be had', async () => {
    await withAdmin(async ({ port }, source) => {
      source.list = () => Promise.reject(new Error('thread 2 does not answer'));
      const told = await ask(port, '/api/requests');
      expect([told.status, told.json()]).toEqual([
        500,
        { error: { code: 'weir_internal', message: 'thread 2 does not answer' } },
      ]);
    });
  });
});

describe('what the admin side does with strangers', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'answers %s with 405 and reads no body',
    async method => {
      await withAdmin(async ({ port }) => {
        const told = await ask(port, '/api/requests', { method, body: 'x'.repeat(1000) });
        expect([told.status, told.headers.allow, told.headers.connection]).toEqual([
          405,
          'GET, HEAD',
          'close',
        ]);
      });
    },
  );

  it('sends no body to HEAD', async () => {
    await withAdmin(async ({ port }) => {
      const told = await ask(port, '/healthz', { method: 'HEAD' });
      expect([told.status, told.headers['content-length'], told.body]).toEqual([200, '15', '']);
    });
  });

  it('refuses a head over its bound', async () => {
    await withAdmin(async ({ port }) => {
      expect((await ask(port, '/healthz', { headers: { 'x-long': 'x'.repeat(20_000) } })).status).toBe(431);
    });
  });

  it('keeps answers out of caches, frames and other origins, on errors too', async () => {
    await withAdmin(async ({ port }) => {
      for (const path of ['/', '/api/requests', '/nothing']) {
        const { headers } = await ask(port, path);
        expect(headers).toMatchObject({
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        });
        expect(headers['content-security-policy']).toMatch(
          /^default-src 'none'; script-src 'self'; style-src 'self';/,
        );
        expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|data:/);
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
    });
  });

  it('lists plugins as it is told them', async () => {
    await withAdmin(async ({ port }, source) => {
      expect((await ask(port, '/api/plugins')).json()).toEqual({ items: [], next: null });
      source.pluginItems = [PLUGIN];
      expect((await ask(port, '/api/plugins')).json()).toEqual({ items: [PLUGIN], next: null });
    });
  });

  it('ends idle keep-alive connections when it closes', async () => {
    const admin = await startAdmin({
      listen: { host: '127.0.0.1', port: 0 },
      token: null,
      source: new TestSource(),
    });
    const socket = connect(admin.port, '127.0.0.1');
    socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${admin.port}\r\n\r\n`);
    await once(socket, 'data');
    const ended = once(socket, 'close');
    await admin.close();
    await ended;
  });

  it('does not start on an address in use, and names it', async () => {
    await withAdmin(async ({ port }) => {
      const second = startAdmin({
        listen: { host: '127.0.0.1', port },
        token: null,
        source: new TestSource(),
      });
      await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${port} for the admin API`);
    });
  });
});
