// `weir why` against a real admin side.
import { describe, expect, it } from 'vitest';
import { withAdmin } from '../admin/source.js';
import { entry, idOf } from '../ledger/entries.js';
import { run } from './run.js';

describe('weir why', () => {
  it('prints one sentence a line', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(3, { outcome: 'served', status: 200 }));
      const { out, exitCode } = await run('why', idOf(3), '--admin', url);
      expect(exitCode).toBe(0);
      expect(out.split('\n')).toEqual([
        'On 2026-11-23 at 09:00:03.000 UTC came POST /v1/chat/completions, no body: an AI request (openai.chat) for gpt-4o at openai, streamed, 2 messages, at most 256 tokens of output.',
        'Who asked was not established; it came from 127.0.0.1.',
        'It was not sent to any provider.',
        'The answer went out whole, with status 200.',
        'It took no tokens: nothing was sent to a provider.',
        '',
      ]);
    });
  });

  it('prints the record with its sentences as JSON', async () => {
    await withAdmin(async ({ url }, source) => {
      source.add(entry(3, { outcome: 'served' }));
      const { out } = await run('why', idOf(3), '--json', '--admin', url);
      expect(JSON.parse(out)).toMatchObject({ id: idOf(3), outcome: 'served', sentences: expect.any(Array) });
    });
  });

  it('lets nothing that a caller sent move the cursor, and JSON keeps it', async () => {
    await withAdmin(async ({ url }, source) => {
      const userAgent = 'a\u001b[2J\u009b1mb\u202e\nc';
      source.add(entry(3, { userAgent }));
      const text = await run('why', idOf(3), '--admin', url);
      expect(text.out).toContain('as "a\ufffd[2J\ufffd1mb\ufffd\ufffdc"');
      const json = await run('why', idOf(3), '--json', '--admin', url);
      for (const character of '\u001b\u009b\u202e') expect(json.out).not.toContain(character);
      expect(JSON.parse(json.out).request.user_agent).toBe(userAgent);
    });
  });

  it('says why an id is no longer known, and fails', async () => {
    await withAdmin(async ({ url }) => {
      const { out, error, exitCode } = await run('why', idOf(9), '--admin', url);
      expect([out, exitCode]).toEqual(['', 1]);
      expect(error).toBe(
        `weir: no request of this id is known any longer: by its id it is of 1970-01-01, and records are kept for 90 days (ledger.retention) (asked ${url}). "weir requests" lists what is kept.\n`,
      );
    });
  });

  it.each(['chatcmpl-123', '../config', 'req_short', '%2e%2e'])(
    'tells what an id looks like when asked for %s',
    async id => {
      await withAdmin(async ({ url }) => {
        const { error, exitCode } = await run('why', id, '--admin', url);
        expect(exitCode).toBe(1);
        expect(error).toContain('this is no request id: they are req_ and 26 characters');
      });
    },
  );

  it('says so when nobody answers', async () => {
    let url = '';
    await withAdmin(async admin => {
      url = admin.url;
    });
    const { error, exitCode } = await run('why', idOf(1), '--admin', url);
    expect([error, exitCode]).toEqual([
      `weir: no answer from ${url} (ECONNREFUSED); is Weir running there? --admin gives another address\n`,
      1,
    ]);
  });

  it('sends the token, and says what is missing without it', async () => {
    await withAdmin(
      async ({ url }, source) => {
        source.add(entry(3));
        expect((await run('why', idOf(3), '--admin', url, '--token', 'geheim')).exitCode).toBe(0);
        const { error, exitCode } = await run('why', idOf(3), '--admin', url);
        expect(exitCode).toBe(1);
        expect(error).toMatch(/^weir: admin.token is needed: .*--token or WEIR_ADMIN_TOKEN/);
      },
      { token: 'geheim' },
    );
  });

  it('takes an address without a scheme, and refuses what is none', async () => {
    await withAdmin(async ({ port }, source) => {
      source.add(entry(3));
      expect((await run('why', idOf(3), '--admin', `127.0.0.1:${port}/`)).exitCode).toBe(0);
    });
    await expect(run('why', idOf(3), '--admin', 'http://')).rejects.toThrow(
      'It must be an address such as http://127.0.0.1:8788.',
    );
  });
});
