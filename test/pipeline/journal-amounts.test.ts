// What the journal is told of each request: what it is charged in the end, and what it would be charged if it were cut off now.
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { NameNotes } from '../../src/workers/bucket-names.js';
import { type Answer, type Scene, startScene, turns, Wire } from './journal-scene.js';

const CHAT = 'POST /p/v1/chat/completions HTTP/1.1';
const PROMPT = '"messages":[{"role":"user","content":"hi"}]';
const ASK = `{"model":"gpt-4o","max_tokens":50,${PROMPT}}`;
const ASK_STREAM = `{"model":"gpt-4o","max_tokens":50,"stream":true,${PROMPT}}`;
const SSE = { 'content-type': 'text/event-stream' };
const delta = (text: string): string =>
  `data: {"id":"c","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;

const POLICIES = `
policies:
  - { name: calls, budget: { requests: 100, per: day } }
  - { name: hourly, limit: { requests: 100, per: 1h } }
  - { name: minute, limit: { requests: 100, per: 1m } }
  - { name: running, limit: { concurrent: 100 } }
  - { name: tokens, budget: { tokens: 100000, per: month, by: [model] } }
  - { name: usd, budget: { usd: 5, per: month }, unpriced: { input: "1", output: "2" } }
  - { name: shadow, mode: shadow, budget: { output_tokens: 1000, per: day } }
`;
const LASTING = ['calls', 'hourly', 'tokens', 'usd', 'shadow'];

const body = (input: number, output: number): string =>
  `{"model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"yes"}}],"usage":{"prompt_tokens":${input},"completion_tokens":${output},"total_tokens":${input + output}}}`;

/** Used of each lasting policy, as its buckets say. */
function used({ thread }: Scene): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const rule of thread.runtime.policies.buckets) {
    if (!LASTING.includes(rule.name)) continue;
    let sum = 0;
    for (const { policy, slot, level, held } of thread.policy.limits.list()) {
      if (policy !== rule.number) continue;
      if (rule.rate !== null) thread.policy.limits.look(slot, rule.rate, thread.policy.sharedMs());
      sum += (rule.rate === null ? level : rule.capacity - thread.policy.limits.available) - held;
    }
    sums[rule.name] = sum;
  }
  return sums;
}

type Charges = readonly { readonly bucket: string; readonly amount: number }[];

/** The same, as the journal was told. */
function charged({ thread }: Scene, all: readonly Charges[]): Record<string, number> {
  const sums: Record<string, number> = Object.fromEntries(LASTING.map(name => [name, 0]));
  for (const { bucket, amount } of all.flat()) {
    const rule = thread.runtime.policies.buckets.find(({ identity }) => bucket.startsWith(`${identity}\n`));
    if (rule === undefined) throw new Error(`a charge for ${bucket}, which is no policy's`);
    sums[rule.name] = (sums[rule.name] ?? 0) + amount;
  }
  return sums;
}

const settledCharges = (scene: Scene): Record<string, number> =>
  charged(
    scene,
    scene.journal.settlements.map(({ charges }) => charges),
  );

const settled = (scene: Scene, count = 1): Promise<void> =>
  scene.journal.until(({ settlements }) => settlements.length >= count);

function scripted(): { answer: Answer; response: Promise<ServerResponse> } {
  let take: (response: ServerResponse) => void;
  const response = new Promise<ServerResponse>(resolve => {
    take = resolve;
  });
  return { answer: (_request, given) => take(given), response };
}

describe('the charges of a settlement', () => {
  it('are what the buckets were charged, of those that outlive a restart', async () => {
    const scene = await startScene((_, response) => response.end(body(8, 20)), POLICIES);
    new Wire(scene.port, CHAT, ASK);
    await settled(scene);
    expect(settledCharges(scene)).toEqual({ calls: 1, hourly: 1, tokens: 28, usd: 220_000, shadow: 20 });
    expect(used(scene)).toEqual(settledCharges(scene));
  });

  it('stay so over answers, errors of the provider, and clients that leave', async () => {
    let count = 0;
    const scene = await startScene((_, response) => {
      count++;
      if (count % 3 === 0) response.writeHead(500).end('{"error":{"message":"no"}}');
      else if (count % 3 === 1) response.end(body(count, 2 * count));
      else response.writeHead(200, SSE).write(delta('some words that are seen'));
    }, POLICIES);
    scene.journal.open = true;
    for (let i = 1; i <= 9; i++) {
      const wire = new Wire(scene.port, CHAT, i % 3 === 2 ? ASK_STREAM : ASK);
      if (i % 3 === 2) {
        await wire.has('words');
        wire.leave();
      }
      await settled(scene, i);
    }
    const { calls, tokens } = settledCharges(scene);
    expect([calls, (tokens ?? 0) > 36]).toEqual([9, true]);
    expect(used(scene)).toEqual(settledCharges(scene));
  });

  it('keep the request that a limit counted at the gate before another refused it', async () => {
    const scene = await startScene(
      () => undefined,
      `policies:
  - { name: hourly, limit: { requests: 100, per: 1h } }
  - { name: tokens, budget: { tokens: 1, per: day } }
`,
    );
    new Wire(scene.port, CHAT, ASK);
    await settled(scene);
    expect(settledCharges(scene)).toMatchObject({ hourly: 1, tokens: 0 });
    expect(scene.journal.settlements[0]?.entry.outcome).toBe('blocked');
  });

  it('name the buckets as snapshots of the limits do', async () => {
    const scene = await startScene((_, response) => response.end(body(8, 20)), POLICIES);
    const notes = new NameNotes();
    notes.follow(scene.thread.policy.limits);
    new Wire(scene.port, CHAT, ASK);
    await settled(scene);
    const { texts } = notes.take();
    const told = scene.journal.settlements[0]?.charges.map(({ bucket }) => bucket) ?? [];
    expect(told.filter(name => !texts.includes(name))).toEqual([]);
    expect(told.length).toBe(LASTING.length);
  });
});

describe('an admission', () => {
  it('comes before the request is sent, with what a cut-off would charge', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer, POLICIES);
    new Wire(scene.port, CHAT, ASK);
    await response;
    const { progress, entry } = scene.journal.admissions[0] ?? {};
    expect([scene.journal.admissions.length, entry?.outcome, entry?.attempts.length]).toEqual([
      1,
      'running',
      1,
    ]);
    expect(progress?.usage).toMatchObject({ inputTokens: 8, inputSource: 'counted', outputTokens: null });
    expect(charged(scene, [progress?.charges ?? []])).toMatchObject({
      calls: 1,
      hourly: 1,
      tokens: 8,
      usd: 20_000,
    });
  });

  it('counts no prompt that nobody has asked for', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    new Wire(scene.port, CHAT, ASK);
    await response;
    expect(scene.journal.admissions[0]?.progress).toMatchObject({
      usage: { inputTokens: null },
      charges: [],
    });
  });

  it('is said again for the next target', async () => {
    let count = 0;
    const scene = await startScene(
      (_, response) => (++count === 1 ? response.writeHead(500).end() : response.end(body(8, 2))),
      'routes: [{ match: { model: "m" }, targets: [{ provider: p, model: gpt-4o }, { provider: p, model: gpt-4o-mini }] }]',
    );
    new Wire(scene.port, 'POST /v1/chat/completions HTTP/1.1', `{"model":"m",${PROMPT}}`);
    await settled(scene);
    expect(scene.journal.admissions.map(({ entry }) => entry.attempts.length)).toEqual([2, 2]);
  });
});

describe('the progress of a stream', () => {
  it('is told at the first look, then once a second, as long as something comes', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer, POLICIES);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    const provider = await response;
    scene.sweep();
    expect(scene.journal.told.length).toBe(0);
    provider.writeHead(200, SSE).write(delta('one two three'));
    await wire.has('three');
    scene.sweep();
    scene.sweep(100);
    expect(scene.journal.told.length).toBe(1);
    provider.write(delta(' four'));
    await wire.has('four');
    // The clock runs on meanwhile, on a busy machine by hundreds of ms.
    scene.sweep(150);
    expect(scene.journal.told.length).toBe(1);
    scene.sweep(1100);
    scene.sweep(5000);
    expect(scene.journal.told.map(({ usage }) => [usage.inputTokens, usage.outputTokens])).toEqual([
      [8, 3],
      [8, 4],
    ]);
    expect(charged(scene, [scene.journal.told[1]?.charges ?? []])).toEqual({
      calls: 1,
      hourly: 1,
      tokens: 12,
      usd: 60_000,
      shadow: 4,
    });
    wire.leave();
    await settled(scene);
    // The last that was told is what the abort came to.
    expect(settledCharges(scene)).toEqual(charged(scene, [scene.journal.told[1]?.charges ?? []]));
  });

  it('is told sooner after 256 tokens', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM.replace('"max_tokens":50,', ''));
    const provider = await response;
    provider.writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    scene.sweep();
    provider.write(delta(' word'.repeat(250)));
    provider.write(delta(' middle'));
    await wire.has('middle');
    scene.sweep(100);
    expect(scene.journal.told.length).toBe(1);
    provider.write(delta(' word'.repeat(20)));
    provider.write(delta(' end'));
    await wire.has('end');
    scene.sweep(200);
    expect(scene.journal.told.map(({ usage }) => usage.outputTokens)).toEqual([1, 273]);
  });

  it('counts a prompt of no policy once, within the bound of a sweep', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    (await response).writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    scene.thread.countBytes = 10;
    for (const flow of scene.flows.snapshot()) flow.checkDeadline(scene.thread.clock.monotonicMs());
    expect(scene.journal.told[0]?.usage.inputTokens).toBe(null);
  });

  it('does not end the reading: the settlement has the provider’s own numbers', async () => {
    const { answer, response } = scripted();
    const scene = await startScene(answer);
    const wire = new Wire(scene.port, CHAT, ASK_STREAM);
    const provider = await response;
    provider.writeHead(200, SSE).write(delta('one'));
    await wire.has('one');
    scene.sweep();
    provider.end(
      'data: {"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":80,"completion_tokens":7}}\n\ndata: [DONE]\n\n',
    );
    await settled(scene);
    expect(scene.journal.settlements[0]?.entry.usage).toMatchObject({
      inputTokens: 80,
      outputTokens: 7,
      source: 'provider',
    });
  });
});

describe('a journal without room', () => {
  const ask = async (yaml: string): Promise<{ scene: Scene; wire: Wire }> => {
    const scene = await startScene((_, response) => response.end(body(8, 20)), yaml);
    scene.journal.full = scene.journal.open = true;
    const wire = new Wire(scene.port, CHAT, ASK);
    await settled(scene);
    await turns();
    return { scene, wire };
  };

  it('refuses requests that an enforced budget counts, and charges them nothing', async () => {
    const { scene, wire } = await ask(POLICIES);
    await wire.has('weir_ledger_full');
    expect(wire.text).toMatch(/^HTTP\/1\.1 503/);
    expect(wire.text.toLowerCase()).toContain('retry-after: 1\r\n');
    const { entry } = scene.journal.settlements[0] ?? {};
    expect(entry?.outcome).toBe('blocked');
    expect(entry?.steps.find(({ code }) => code === 'ledger_full')).toMatchObject({
      phase: 'hold',
      verdict: 'deny',
    });
    expect(used(scene)).toEqual({ calls: 0, hourly: 1, tokens: 0, usd: 0, shadow: 0 });
    expect(settledCharges(scene)).toEqual(used(scene));
    scene.journal.full = false;
    await new Wire(scene.port, CHAT, ASK).has('total_tokens');
  });

  it.each([
    ['no policy', ''],
    ['a limit', 'policies: [{ name: l, limit: { tokens: 1000, per: 1m } }]'],
    ['a shadow', 'policies: [{ name: s, mode: shadow, budget: { tokens: 1000, per: day } }]'],
    ['a budget under on_full: serve', `ledger: { on_full: serve }\n${POLICIES}`],
  ])('serves where there is %s', async (_, yaml) => {
    const { wire } = await ask(yaml);
    await wire.has('total_tokens');
  });
});
