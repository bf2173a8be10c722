// Only the chunk that Weir asked for is taken out; all else passes byte for byte, in whole events, however it was cut.
import { describe, expect, it } from 'vitest';
import { HELD_BYTES_MAX, UsageChunkFilter } from '../../src/pipeline/usage-chunk-filter.js';
import { cuts } from '../kernel/meter-reading.js';

const delta = 'data: {"choices":[{"delta":{"content":"\\"choices\\":[]"}}],"usage":null}';
const azure = 'data: {"choices":[],"model":"","usage":null,"prompt_filter_results":[]}';
const final = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}';
const asked = 'data: {"id":"x","choices": [ ],"usage":{"prompt_tokens":1,"completion_tokens":2}}';
const done = 'data: [DONE]';

function filtered(body: string | Buffer, size: number | 'whole' | 'random' = 'whole', seed = 1): string {
  const filter = new UsageChunkFilter();
  const out: Uint8Array[] = [];
  for (const chunk of cuts(Buffer.from(body), size, seed)) {
    const given = filter.push(chunk);
    if (given !== null) out.push(Buffer.from(given));
  }
  const rest = filter.flush();
  if (rest !== null) out.push(rest);
  return Buffer.concat(out).toString();
}

describe.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('a stream with %s', (_, end) => {
  const stream = (...events: string[]): string => events.map(event => event + end + end).join('');
  const body = stream(azure, delta, ': ping', final, asked, done);

  it('loses the usage chunk and nothing else, at every split point', () => {
    const wanted = stream(azure, delta, ': ping', final, done);
    for (let size = 1; size <= body.length; size++) expect(filtered(body, size)).toBe(wanted);
  });

  it('loses it as well where it comes last and without a blank line', () => {
    expect(filtered(stream(delta) + asked, 7)).toBe(stream(delta));
    expect(filtered(stream(delta) + asked + end, 7)).toBe(stream(delta));
  });
});

describe('the filter', () => {
  it('forwards whole events only', () => {
    const filter = new UsageChunkFilter();
    expect(filter.push(Buffer.from(`${delta}\n\n${final.slice(0, 20)}`))?.toString()).toBe(`${delta}\n\n`);
    expect(filter.push(Buffer.from(final.slice(20)))).toBeNull();
    expect(filter.push(Buffer.from('\n\n'))?.toString()).toBe(`${final}\n\n`);
    expect(filter.flush()).toBeNull();
  });

  it('returns a chunk of whole events itself, without a copy', () => {
    const chunk = Buffer.from(`${delta}\n\n`);
    expect(new UsageChunkFilter().push(chunk)?.buffer).toBe(chunk.buffer);
  });

  it('keeps no reference to a chunk', () => {
    const filter = new UsageChunkFilter();
    const chunk = Buffer.from(delta);
    filter.push(chunk);
    chunk.fill(0);
    expect(filter.push(Buffer.from('\n\n'))?.toString()).toBe(`${delta}\n\n`);
  });

  it('passes an event longer than its bound as it comes', () => {
    const filter = new UsageChunkFilter();
    const long = `data: {"x":"${'a'.repeat(HELD_BYTES_MAX)}`;
    expect(filter.push(Buffer.from(long))?.length).toBe(long.length);
    expect(filter.push(Buffer.from('more'))?.toString()).toBe('more');
    const rest = filter.push(Buffer.from(`"}\n\n${asked}\n\n${done}\n\n`));
    expect(rest?.toString()).toBe(`"}\n\n${done}\n\n`);
  });

  it('passes what is no event stream', () => {
    const error = '{"error":{"message":"no"},"choices":[],"usage":{}}';
    expect(filtered(error, 5)).toBe(error);
    expect(filtered(` \n${error}`, 'whole')).toBe(` \n${error}`);
  });

  it('takes out nothing that only looks alike', () => {
    for (const event of [
      'data: {"choices":[],"usage":{',
      'data: {"a":{"choices":[]},"usage":{}}',
      'data: "choices":[]',
    ])
      expect(filtered(`${event}\n\n`)).toBe(`${event}\n\n`);
  });
});
