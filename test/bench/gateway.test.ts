// The gateway benchmark with its smallest parameters, so that it does not rot. No timing is asserted.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { launch, program, runLoad } from '../../bench/gateway/processes.js';
import { nginx } from '../../bench/gateway/rivals/nginx.js';
import { summary, verdict, verdictLine } from '../../bench/gateway/stats.js';
import { answer, lastWords, PATH, requestBody } from '../../bench/gateway/workload.js';

const runner = fileURLToPath(new URL('../../bench/gateway/run.js', import.meta.url));
const hasProc = existsSync('/proc/self/stat');

interface Results {
  readonly where: { readonly node: string };
  readonly work: string;
  readonly skipped: Readonly<Record<string, string>>;
  readonly modes: Record<
    string,
    { variants: Record<string, { samples: Record<string, number>[] }>; verdict: unknown }
  >;
}

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function bench(...args: string[]): { results: Results; table: string } {
  const out = mkdtempSync(join(tmpdir(), 'weir-bench-test-'));
  cleanups.push(() => rmSync(out, { recursive: true, force: true }));
  const small = [
    '--rounds',
    '1',
    '--seconds',
    '1',
    '--warm-up',
    '1',
    '--connections',
    '8',
    '--name',
    'small',
    '--out',
    out,
  ];
  execFileSync(process.execPath, [runner, ...small, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const results: Results = JSON.parse(readFileSync(join(out, 'small.json'), 'utf8'));
  return { results, table: readFileSync(join(out, 'small.md'), 'utf8') };
}

async function provider(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
}

describe.skipIf(!hasProc)('the gateway benchmark (needs /proc)', () => {
  it('measures the upstream and the bare pass-through and stores what it found', { timeout: 60_000 }, () => {
    const { results, table } = bench('--mode', 'sse0', '--only', 'upstream,bare');
    for (const rival of ['upstream', 'bare']) {
      const sample = results.modes.sse0?.variants[rival]?.samples[0];
      for (const measure of ['requests', 'cpuMicros', 'perSecond', 'p50Ms', 'p99Ms']) {
        expect(sample?.[measure], `${measure} of ${rival}`).toBeGreaterThan(0);
      }
    }
    expect(results.modes.sse0?.verdict).toBeNull(); // Weir was not asked for
    expect(results.where.node).toBe(process.version);
    expect(results.work).toMatch(/^[0-9a-f]{16}$/);
    expect(table).toContain('| the upstream alone |');
  });

  it('measures Weir beside the bare pass-through and gives its verdict', { timeout: 60_000 }, () => {
    const { results, table } = bench('--mode', 'json', '--only', 'bare,weir');
    expect(results.skipped).toEqual({});
    expect(results.modes.json?.verdict).toMatchObject({ bar: 1.6, unit: 'request' });
    expect(table).toMatch(/Weir ÷ bare in CPU per request: [\d.]+/);
  });
});

describe('the load', () => {
  const json = { kind: 'load', mode: 'json', connections: 2, amount: 4 };

  it('counts whole answers', async () => {
    const url = await provider((_request, response) => response.end(answer('json')[0]));
    expect(await runLoad({ ...json, url })).toMatchObject({ done: 4, failed: 0 });
  });

  it('voids the run for an answer that is no success', async () => {
    const url = await provider((_request, response) => response.writeHead(503).end(answer('json')[0]));
    await expect(runLoad({ ...json, url })).rejects.toThrow('4 of 4 requests');
  });

  it('voids the run for a success that is not whole', async () => {
    const url = await provider((_request, response) => response.end(answer('json')[0]?.slice(0, -1)));
    await expect(runLoad({ ...json, url })).rejects.toThrow('"incomplete":4');
  });
});

describe('a rival', () => {
  it('that passes bytes changes none of them', async () => {
    const upstream = await launch({ argv: [process.execPath, program('upstream'), 'sse0'], core: 0 });
    cleanups.push(upstream.stop);
    const bare = await launch({ argv: [process.execPath, program('bare'), String(upstream.port)], core: 0 });
    cleanups.push(bare.stop);
    const response = await fetch(`http://127.0.0.1:${bare.port}${PATH}`, {
      method: 'POST',
      body: requestBody('sse0'),
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe(answer('sse0').join(''));
  });

  it('that does not start is an error with its own words', async () => {
    const argv = [process.execPath, '-e', 'console.error("no such luck"); process.exit(3)'];
    await expect(launch({ argv, core: 0 })).rejects.toThrow('no such luck');
  });

  it('that is not installed is skipped with the name of its package', () => {
    expect(nginx.missing(() => null)).toContain('nginx-light');
    expect(nginx.missing(name => name)).toBeNull();
  });
});

describe('the numbers', () => {
  it('are a median with the smallest and the largest sample', () => {
    expect(summary([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(summary([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(summary([])).toBeNull();
  });

  it.each([
    [16, true, 'met'],
    [20, false, 'missed by 25 %'],
  ])('of %d µs against 10 µs are judged by the bar of 1.6', (weirMicros, met, words) => {
    const variant = (cpuMicros: number) => ({
      samples: [{ cpuMicros }],
      summary: { cpuMicros: summary([cpuMicros]) },
    });
    const found = verdict('json', { weir: variant(weirMicros), bare: variant(10) });
    expect(found).toMatchObject({ ratio: weirMicros / 10, met });
    expect(found && verdictLine('json', found)).toContain(words);
  });

  it('come from work that ends in words no unfinished answer holds', () => {
    for (const mode of ['json', 'sse0', 'sse2']) {
      const whole = answer(mode).join('');
      expect(whole.slice(0, -3)).not.toContain(lastWords(mode));
      expect(whole).toContain(lastWords(mode));
    }
  });
});
