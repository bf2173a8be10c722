// W3C Trace Context, and ids of spans that come out of a request's id.
import { describe, expect, it } from 'vitest';
import { RequestIds } from '../../src/core/request-id.js';
import {
  attemptSpanId,
  isSampled,
  parseTraceParent,
  requestSpanId,
  traceIdOf,
  traceParentText,
} from '../../src/core/trace.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  it.each<[string, boolean]>([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`01-${TRACE}-${SPAN}-01-later`, true],
  ])('is read: %s', (text, sampled) =>
    expect(parseTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled }),
  );

  it.each([
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
  ])('is none: %j', text => expect(parseTraceParent(text)).toBeNull());

  it('is written as it is read', () =>
    expect(parseTraceParent(traceParentText(TRACE, SPAN, true))).toMatchObject({
      spanId: SPAN,
      sampled: true,
    }));
});

describe('ids of traces and spans', () => {
  it('are those of the request, and differ', () => {
    const ids = new RequestIds();
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const id = ids.next(Date.UTC(2026, 10, 24) + (i % 7));
      const all = [requestSpanId(id), ...Array.from({ length: 20 }, (_, n) => attemptSpanId(id, n))];
      expect(traceIdOf(id)).toMatch(/^[0-9a-f]{32}$/);
      for (const span of all) expect(span).toMatch(/^[0-9a-f]{16}$/);
      expect(new Set(all).size).toBe(all.length);
      seen.add(traceIdOf(id));
    }
    expect(seen.size).toBe(1000);
  });

  it('hold all 128 bits', () => {
    expect(traceIdOf(`req_7${'Z'.repeat(25)}`)).toBe('f'.repeat(32));
    expect(traceIdOf(`req_${'0'.repeat(25)}1`)).toBe(`${'0'.repeat(31)}1`);
    expect(traceIdOf(`req_${'0'.repeat(24)}10`)).toBe(`${'0'.repeat(30)}20`);
  });

  it('are sampled by their share, all or none', () => {
    const ids = new RequestIds();
    const traces = Array.from({ length: 4000 }, () => traceIdOf(ids.next(Date.now())));
    expect(traces.filter(trace => isSampled(trace, 1))).toHaveLength(4000);
    expect(traces.filter(trace => isSampled(trace, 0))).toHaveLength(0);
    const quarter = traces.filter(trace => isSampled(trace, 0.25)).length;
    // Five standard deviations of a binomial.
    expect(Math.abs(quarter - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });
});
