// The admin page in a real Chromium, over a real gateway that the simulator serves: it is right, safe, usable without a mouse, and small.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/admin/summary.js';
import type { UsageReport } from '../../src/ledger/usage-query.js';
import { withAdmin } from '../admin/source.js';
import { onEnd, type RunningGateway, startGateway, until } from './harness.js';
import { CHROMIUM, cellsOf, faults, openPage, startBrowser, tilesOf, type Watched } from './page-browser.js';

const PLUGIN = fileURLToPath(new URL('../../build/plugins/pii-redact.wasm', import.meta.url));
const YAML = `
anonymous: allow
workers: 1
breaker: { open: 60s }
providers:
  openai: { base_url: "simulator:" }
  broken: { kind: openai-compatible, base_url: "http://127.0.0.1:9", auth: none }
policies:
  - { name: no-embeddings, when: 'ai.api == "openai.embeddings"', deny: { status: 403, message: "not here" } }
  - { name: no-streams, mode: shadow, when: 'ai.stream', deny: { status: 403, message: "not yet" } }
  - { name: rate, limit: { requests: 40, per: 1h, by: [consumer] } }
  - { name: daily, budget: { usd: 1, per: day, by: [consumer] }, unpriced: pass }
  - { name: redact, plugin: { file: "${PLUGIN}", grant: [messages.read, messages.write] } }
`;
/** Markup, and marks that turn the direction of writing. */
const HOSTILE = '<img src=x onerror="document.title=1"><script>alert(1)</script>\u202Eevil\u2066';

describe.skipIf(CHROMIUM === null)('the page (needs chromium: apt-get install chromium)', () => {
  let gateway: RunningGateway;
  let browser: Browser;
  let seen: Watched;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway(YAML), startBrowser()]);
    seen = await openPage(browser);
  });

  const post = async (path: string, body: object): Promise<number> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    await answer.text();
    return answer.status;
  };
  const chat = (model: string, more: object = {}): Promise<number> =>
    post('/openai/v1/chat/completions', {
      model,
      messages: [{ role: 'user', content: 'Write to me@example.org' }],
      ...more,
    });

  it('shows a fresh Weir as empty, and says so', async () => {
    await seen.page.goto(`${gateway.adminUrl}/`);
    await seen.page.getByText('No request has come yet.').waitFor();
    expect(await seen.page.textContent('#state')).toBe('Live');
    expect(await seen.page.textContent('#blocked')).toBe('Nothing has been blocked.');
    expect(await seen.page.textContent('#limits')).toBe('No limit has counted anything yet.');
    expect((await tilesOf(seen.page))['Requests today']).toBe('0');
    await seen.screenshot('empty');
  });

  it('shows what the API says of traffic, without being asked again', async () => {
    for (let i = 0; i < 24; i++) await chat(i % 3 === 0 ? 'gpt-4o' : 'gpt-4o-mini', { stream: i % 6 === 0 });
    for (let i = 0; i < 3; i++)
      expect(await post('/openai/v1/embeddings', { model: 'e', input: 'x' })).toBe(403);
    expect(await chat(HOSTILE)).toBe(200);
    expect(await post('/broken/v1/chat/completions', { model: 'm', messages: [] })).toBe(502);
    await seen.page.locator('#requests tr').nth(28).waitFor();
    await until(
      async () => (await tilesOf(seen.page))['Requests today'] === '29',
      'the sums to come by themselves',
    );
    const summary = (await gateway.admin('/api/summary')) as Summary;
    const { total } = (await gateway.admin('/api/usage')) as UsageReport;
    const tiles = await tilesOf(seen.page);
    const whole = new Intl.NumberFormat('en-GB');
    expect(tiles['Tokens today']).toBe(whole.format(total.input_tokens + total.output_tokens));
    expect(tiles['Blocked today']).toBe('3');
    expect(Number(tiles['Cost today']?.slice(1))).toBeCloseTo(Number(total.cost_usd), 3);
    expect(Number(tiles['Requests per second'])).toBeGreaterThanOrEqual(0);
    expect(summary.blocked).toEqual([
      { policy: 'no-streams', code: 'denied', mode: 'shadow', count: 4 },
      { policy: 'no-embeddings', code: 'weir_denied', mode: 'enforce', count: 3 },
    ]);
    expect((await cellsOf(seen.page, 'blocked')).map(row => [row[0], row[3]])).toEqual([
      ['no-streams', '4'],
      ['no-embeddings', '3'],
    ]);
  });

  it('shows models, consumers, budgets, limits, plugins and providers as the API has them', async () => {
    const { items: models } = (await gateway.admin('/api/usage?by=model')) as UsageReport;
    const shown = await cellsOf(seen.page, 'models');
    for (const { by, input_tokens, requests } of models) {
      const row = shown.find(cells => cells[0] === by.model);
      expect([row?.[3], row?.[5]]).toEqual([String(input_tokens), String(requests)]);
    }
    expect((await cellsOf(seen.page, 'consumers'))[0]?.[0]).toBe('anonymous');
    const { items } = (await gateway.admin('/api/limits')) as { items: { policy: string; used: number }[] };
    const rate = items.find(({ policy }) => policy === 'rate');
    expect((await cellsOf(seen.page, 'limits'))[0]?.slice(0, 2)).toEqual(['rate', 'anonymous']);
    expect((await cellsOf(seen.page, 'limits'))[0]?.[4]).toBe(String(rate?.used));
    expect((await cellsOf(seen.page, 'budgets'))[0]?.slice(0, 2)).toEqual(['daily', 'anonymous']);
    const { items: plugins } = (await gateway.admin('/api/plugins')) as {
      items: { counts: { calls: number } }[];
    };
    expect((await cellsOf(seen.page, 'plugins'))[0]?.[3]).toBe(String(plugins[0]?.counts.calls));
    const providers = await cellsOf(seen.page, 'providers');
    expect(providers.map(row => [row[0], row[1]])).toEqual([
      ['broken', 'failing'],
      ['openai', 'healthy'],
    ]);
  });

  it('draws its charts, and has their numbers as words and tables', async () => {
    const chart = seen.page.locator('#rate [role=img]');
    expect(await chart.getAttribute('aria-label')).toMatch(
      /^Chart: Requests per second, each minute. served now /,
    );
    await seen.page.locator('#flow summary').press('Enter');
    await until(
      async () => (await seen.page.locator('#flow tbody tr').count()) === 60,
      'the table of a row a minute',
    );
    const rows = await cellsOf(seen.page, 'flow');
    const sum = rows.reduce((all, row) => all + Number(row[1]?.replace(/\D/g, '')), 0);
    const { total } = (await gateway.admin('/api/usage')) as UsageReport;
    expect(sum).toBe(total.input_tokens);
    await seen.page.locator('#flow summary').press('Enter');
  });

  it('takes hostile names as text', async () => {
    expect(await seen.page.title()).toBe('Weir');
    expect(await seen.page.locator('#requests td', { hasText: '<script>alert(1)</script>' }).count()).toBe(1);
    expect(await seen.page.locator('main script, main img').count()).toBe(0);
    const isolated = await seen.page
      .locator('#requests td.text')
      .first()
      .evaluate(cell => cell.computedStyleMap().get('unicode-bidi')?.toString());
    expect(isolated).toBe('isolate');
  });

  it('finds and explains a request by keyboard alone', async () => {
    const { keyboard } = seen.page;
    await seen.page.locator('.skip').focus();
    await keyboard.press('Enter');
    for (let i = 0; i < 2; i++) await keyboard.press('Tab');
    await keyboard.type('b');
    await until(
      async () => (await seen.page.locator('#requests tr').count()) === 3,
      'three blocked requests',
    );
    expect(await seen.page.textContent('#found')).toMatch(
      /^3 requests, back to .*; new ones appear by themselves\.$/,
    );
    // Consumer, model, provider, policy, code, since, clear, the list, its first row.
    for (let i = 0; i < 9; i++) await keyboard.press('Tab');
    await keyboard.press('Enter');
    const id = (await seen.page.textContent('#why-id')) ?? '';
    const { sentences } = (await gateway.admin(`/api/requests/${id}/why`)) as { sentences: string[] };
    await seen.page.locator('#why-sentences p', { hasText: 'no-embeddings' }).first().waitFor();
    expect(await seen.page.locator('#why-sentences p').allTextContents()).toEqual(sentences);
    await seen.screenshot('why');
    expect(await faults(seen.page)).toEqual([]);
    await keyboard.press('Escape');
    const focused = await seen.page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
    expect(focused).toMatch(/^Why: request of /);
  });

  it('goes from a policy to what it has blocked, and from an id to its request', async () => {
    await seen.page.locator('#blocked button').press('Enter');
    await until(
      async () => (await seen.page.locator('#requests tr').count()) === 3,
      'what the policy blocked',
    );
    expect(await seen.page.inputValue('[name=policy]')).toBe('no-embeddings');
    await seen.page.locator('[type=reset]').press('Enter');
    await until(async () => (await seen.page.locator('#requests tr').count()) === 29, 'all requests');
    const { items } = (await gateway.admin('/api/requests?outcome=failed')) as { items: { id: string }[] };
    await seen.page.fill('[name=id]', items[0]?.id ?? '');
    await until(async () => (await seen.page.locator('#requests tr').count()) === 1, 'the one request');
    await seen.page.fill('[name=id]', 'req_00000000000000000000000000');
    await seen.page.getByText('No request fits.').first().waitFor();
    await seen.page.locator('[type=reset]').press('Enter');
    await until(async () => (await seen.page.locator('#requests tr').count()) === 29, 'all requests again');
  });

  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility in its %s theme',
    async theme => {
      await seen.page.selectOption('#theme', theme);
      expect(await faults(seen.page)).toEqual([]);
      await seen.screenshot(theme);
      const ground = await seen.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(theme === 'light' ? 'rgb(244, 246, 248)' : 'rgb(14, 19, 24)');
    },
  );

  it('fits a viewport of 400 pixels without scrolling sideways', async () => {
    await seen.page.setViewportSize({ width: 400, height: 800 });
    await until(async () => (await widthOf(seen)) <= 400, 'the page to fit');
    await seen.screenshot('narrow');
    await seen.page.setViewportSize({ width: 1360, height: 900 });
  });

  it('loads in at most 200 KB, heads and data included, and logs no error', async () => {
    const first = await openPage(browser, 'dark');
    await first.page.goto(`${gateway.adminUrl}/`);
    await first.page.locator('#requests tr').first().waitFor();
    await first.page.locator('#rate canvas').waitFor();
    expect(first.received()).toBeGreaterThan(20_000);
    expect(first.received()).toBeLessThanOrEqual(200 * 1024);
    expect([...seen.errors, ...first.errors]).toEqual([]);
    await first.page.close();
  });

  it('says that Weir is gone, and goes on by itself when it is back', async () => {
    const [program = '', ...args] = gateway.process.spawnargs;
    await gateway.stop();
    await seen.page.getByText('No answer from Weir; trying again').waitFor();
    const again = spawn(program, args, { cwd: gateway.folder, stdio: 'ignore' });
    const exited = new Promise(resolve => again.once('exit', resolve));
    onEnd(async () => {
      again.kill('SIGKILL');
      await exited;
    });
    await seen.page.locator('#state[data-state=live]').waitFor();
    expect(await seen.page.locator('#requests tr').count()).toBe(29);
    expect((await tilesOf(seen.page))['Requests today']).toBe('29');
  });

  it('names the targets whose circuit is open', async () => {
    for (let i = 0; i < 6; i++) await post('/broken/v1/chat/completions', { model: 'm', messages: [] });
    await until(async () => {
      const rows = await cellsOf(seen.page, 'providers');
      return rows.some(
        ([name, state]) => name === 'broken' && state === 'broken: circuit open, failures in a row',
      );
    }, 'the open circuit');
  });

  it('asks for the token where one is set, and keeps it for this tab', async () => {
    await withAdmin(
      async ({ url }) => {
        const locked = await openPage(browser);
        await locked.page.goto(url);
        await locked.page.locator('#token').waitFor();
        expect(await locked.page.locator('#content').isVisible()).toBe(false);
        expect(await faults(locked.page)).toEqual([]);
        await locked.page.keyboard.type('wrong');
        await locked.page.keyboard.press('Enter');
        await locked.page.getByText('This is not the token.').waitFor();
        await locked.page.fill('#token', 'right-tökén');
        await locked.page.keyboard.press('Enter');
        await locked.page.locator('#state[data-state=live]').waitFor();
        await locked.screenshot('token');
        await locked.page.reload();
        await locked.page.locator('#state[data-state=live]').waitFor();
        expect(await locked.page.locator('#login').isVisible()).toBe(false);
        await locked.page.close();
      },
      { token: 'right-tökén' },
    );
  });
});

async function widthOf({ page }: Watched): Promise<number> {
  return await page.evaluate<number>('document.documentElement.scrollWidth');
}
