// Packed records say what the entries said, and what does not fit stays whole.
import { describe, expect, it } from 'vitest';
import type { Entry, Step } from '../../src/core/entry.js';
import { PACKED_STEPS_MAX, PackedEntries } from '../../src/ledger/packed-entries.js';
import { RecordRing } from '../../src/ledger/ring.js';
import { toRecord } from '../../src/ledger/to-record.js';
import { entry, usage, utf8 } from './entries.js';

const step = (special: Partial<Step> = {}): Step => ({
  phase: 'route',
  policy: null,
  kind: 'route',
  mode: 'enforce',
  verdict: 'permit',
  code: 'route_prefix',
  evidence: { target: 'openai', targets: 1 },
  micros: 3,
  ...special,
});

/** A settled entry with one attempt that has the record's usage. */
function served(special: Partial<Entry> = {}): Entry {
  const used = usage(12, 200, { cachedInputTokens: 0, serviceTier: 'default' });
  const made = entry(7, {
    outcome: 'served',
    status: 200,
    usage: used,
    requestBytes: 512,
    responseBytes: 2048,
    endUser: 'user-1',
    finishReason: 'stop',
    totalMs: 1901.25,
    firstByteMs: 210.5,
    gatewayMs: 0.3,
    userAgent: 'curl/8',
    principal: { name: 'team-a', key: 'ci …last4', tags: { tier: 'gold' } },
    ...special,
  });
  made.steps.push(step({ phase: 'authenticate', kind: null, code: 'key_ok', evidence: {} }), step());
  made.attempts.push({
    target: 'openai/gpt-4o',
    status: 200,
    error: null,
    startedMs: 0.4,
    firstByteMs: 210.5,
    totalMs: 1900,
    usage: special.usage === undefined ? used : special.usage,
    cost: null,
  });
  return made;
}

function throughPacking(made: Entry): Entry | null {
  const packed = new PackedEntries(3);
  return packed.pack(1, made) ? packed.unpack(1) : null;
}

describe('packing', () => {
  it.each<[string, Entry]>([
    ['a served record', served()],
    ['no usage', served({ usage: null })],
    [
      'an error',
      served({
        outcome: 'failed',
        status: null,
        error: { source: 'provider', code: 'weir_upstream_broke', message: 'm' },
      }),
    ],
    ['a raw usage object', served({ usage: usage(1, 2, { raw: [utf8('{"prompt_tokens":1}')] }) })],
    [
      'a long raw usage object',
      served({ usage: usage(1, 2, { raw: [utf8(`{"a":"${'x'.repeat(2000)}"}`)] }) }),
    ],
    ['raw usage of two places', served({ usage: usage(1, 2, { raw: [utf8('{"a":1}'), utf8('{"b":2}')] }) })],
    ['nothing known', entry(8, { outcome: 'blocked', status: 401 })],
    ['an abort', served({ outcome: 'aborted', totalMs: null, firstByteMs: null })],
  ])('gives %s back as it was', (_, made) => {
    const back = throughPacking(made);
    expect(back).not.toBeNull();
    expect(toRecord(back as Entry)).toEqual(toRecord(made));
  });

  it('keeps every phase, kind, verdict and mode', () => {
    const made = served();
    made.steps.push(
      step({
        phase: 'gate',
        kind: 'limit',
        verdict: 'deny',
        mode: 'shadow',
        code: 'limit_reached',
        policy: 'rpm',
      }),
      step({ phase: 'change', kind: 'usage_opt_in', verdict: 'change', code: 'usage_opt_in_added' }),
      step({ phase: 'settle', kind: null, verdict: 'failed', code: 'x', mode: 'shadow', evidence: {} }),
      step({ phase: 'hold', kind: 'budget', verdict: 'skipped', code: 'y' }),
    );
    expect(throughPacking(made)?.steps).toEqual(made.steps);
  });

  it('refuses what does not fit the columns', () => {
    const twice = served();
    twice.attempts.push({ ...(twice.attempts[0] as Entry['attempts'][number]) });
    const long = served();
    while (long.steps.length <= PACKED_STEPS_MAX) long.steps.push(step());
    const other = served();
    (other.attempts[0] as Entry['attempts'][number]).usage = usage(1, 1);
    expect([twice, long, other].map(throughPacking)).toEqual([null, null, null]);
  });
});

describe('the ring', () => {
  it('finds running, packed and whole entries alike', () => {
    const ring = new RecordRing(8);
    const running = entry(1);
    const packed = served();
    const whole = entry(9, { outcome: 'served' });
    while (whole.steps.length <= PACKED_STEPS_MAX) whole.steps.push(step());
    ring.add(running);
    for (const made of [packed, whole]) ring.settled(ring.add(made), made);
    expect([running, packed, whole].map(({ id }) => ring.get(id)?.outcome)).toEqual([
      'running',
      'served',
      'served',
    ]);
    expect(ring.get(running.id)).toBe(running);
    expect(ring.get(whole.id)).toBe(whole);
    expect(ring.get(packed.id)).not.toBe(packed);
    expect(ring.list({ limit: 10 }).items.map(({ id }) => id)).toEqual([whole.id, packed.id, running.id]);
  });

  it('leaves a slot alone that another request has taken meanwhile', () => {
    const ring = new RecordRing(1);
    const first = entry(1, { outcome: 'served' });
    const slot = ring.add(first);
    const second = entry(2);
    ring.add(second);
    ring.settled(slot, first);
    expect(ring.get(second.id)).toBe(second);
    expect(ring.get(first.id)).toBeNull();
  });
});
