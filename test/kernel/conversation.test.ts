// Kernel conversation against its slow twin: every dialect's parts, JSON in every writing, damage, depth, size, memory.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as C from '../../src/kernel/conversation.js';
import { BODIES } from './conversation-bodies.js';
import { listed, random, readJson, reordered, scrawled, twinListed } from './conversation-reading.js';
import { isObject, type Json, type JsonObject } from './conversation-twin.js';
import { twinConversation } from './conversation-twin-gemini.js';

const kernel = C.ConversationKernel.load();
const cases = BODIES.map(([api, body], i) => [`${api} (${i})`, api, body] as const);
type Api = (typeof BODIES)[number][0];

function expectTwin(api: Api, text: string): void {
  const body = JSON.parse(text) as JsonObject;
  const twin = twinConversation(api, body);
  const found = kernel.read(api, Buffer.from(text));
  expect(found, text).not.toBeNull();
  if (found !== null && twin !== null) expect(listed(found), text).toEqual(twinListed(twin));
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text) as Json);
  } catch {
    return false;
  }
}

describe('the parts of every dialect', () => {
  test.each(cases)('lists what the twin lists of %s, and understands all of it', (_, api, body) => {
    const text = JSON.stringify(body);
    expectTwin(api, text);
    const found = kernel.read(api, Buffer.from(text));
    expect(found?.complete, text.slice(found?.unknownAt ?? 0)).toBe(true);
    expect(found?.count).toBeGreaterThan(0);
  });

  test.each(cases)('lists the same of %s pretty-printed, scrawled and in other orders', (_, api, body) => {
    expectTwin(api, JSON.stringify(body, null, 2));
    for (let seed = 1; seed <= 30; seed++) {
      const next = random(seed);
      expectTwin(api, scrawled(reordered(body, next), next));
    }
  });

  test('gives the exact bytes of a text, a tool and an image', () => {
    const body = Buffer.from(
      '{"messages":[{"content":[{"type":"text","text":"a\\n\\u00e9é"},{"image_url":{"url":"data:x"}}],"role":"user"}],"tools":[ {"a": 1} ]}',
    );
    const found = kernel.read('openai.chat', body);
    const bytes = (i: number) => body.toString('utf8', found?.start(i), found?.end(i));
    expect([bytes(0), bytes(1), bytes(2)]).toEqual(['a\\n\\u00e9é', 'data:x', '{"a": 1}']);
    expect(found?.role(0)).toBe(C.ROLE_USER);
    expect(found?.kind(2)).toBe(C.PART_TOOL_DEFINITION);
  });

  test('has no conversation for other apis', () => {
    for (const api of ['none', 'other', 'openai.images', 'openai.assistants', 'gemini.interactions'] as const)
      expect(kernel.read(api, Buffer.from('{"messages":[]}'))).toBeNull();
  });
});

describe('what is not understood', () => {
  const unknown = (text: string, api: Api = 'openai.chat') => kernel.read(api, Buffer.from(text))?.unknownAt;

  test.each([
    ['a key of the request that nobody knows', '{"messages":[],"novel":"text"}', 23],
    ['content of a form that no dialect has', '{"messages":[{"role":"user","content":{"a":"b"}}]}', 38],
    ['a part with an unknown field', '{"messages":[{"content":[{"type":"novel","novel":["x"]}]}]}', 49],
    ['messages that are no objects', '{"messages":["hi"]}', 13],
  ])('says where it saw %s', (_, text, at) => {
    expect(unknown(text)).toBe(at);
  });

  test.each([
    [
      'numbers, booleans and nulls',
      '{"messages":[{"role":"user","content":null,"n":1}],"novel":true,"x":1e5}',
    ],
    ['a request without messages', '{}'],
    ['an empty list', '{"messages":[]}'],
  ])('is complete with %s', (_, text) => {
    expect(unknown(text)).toBe(-1);
  });

  test('lists both values of a key that stands twice, and is not complete', () => {
    const found = readJson(
      kernel,
      'openai.chat',
      '{"messages":[{"content":"a","cont\\u0065nt":"b","role":"user"}]}',
    );
    expect(found).toMatchObject({ complete: false, parts: [{ value: 'a' }, { value: 'b' }] });
  });

  test('takes the last of two roles', () => {
    const found = readJson(
      kernel,
      'openai.chat',
      '{"messages":[{"role":"user","content":"a","role":"system"}]}',
    );
    expect(found?.parts[0]?.role).toBe(C.ROLE_SYSTEM);
  });

  test('lists data of a type that nobody knows as opaque', () => {
    const block = '{"messages":[{"role":"user","content":[{"type":"hologram","source":{"data":"x"}}]}]}';
    expect(readJson(kernel, 'anthropic.messages', block)).toMatchObject({
      complete: false,
      parts: [{ kind: C.PART_OPAQUE }],
    });
  });

  test('says of a body in base64 that its text is hidden', () => {
    const text = '{"input":{"invokeModel":{"body":"eyJ9"}}}';
    expect(readJson(kernel, 'bedrock.count_tokens', text)).toMatchObject({
      complete: false,
      parts: [{ kind: C.PART_OPAQUE, value: 'eyJ9' }],
    });
  });
});

describe('bodies that are not JSON, or are hard to read', () => {
  test.each([
    '',
    ' ',
    'null',
    '[]',
    '"a"',
    '{',
    '{}}',
    '{} x',
    '{"a":1,}',
    '{"a" 1}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":-}',
    '{"a":tru}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\n"}',
    '{a:1}',
    '{"a":[1,]}',
    '{"a":[1 2]}',
    '{"a":]}',
    '{"messages":[{]}',
    '{"messages":[{"role":"user",}]}',
    '{"tools":[{"a":[}]}',
    '{"a":1}\0',
    '{"tools":[{"a":{"b"}}]}',
  ])('reads nothing of %j', text => {
    expect(isJsonObject(text)).toBe(false);
    expect(kernel.read('openai.chat', Buffer.from(text))).toBeNull();
  });

  test.each(cases)('reads nothing of %s cut anywhere', (_, api, body) => {
    const bytes = Buffer.from(JSON.stringify(body));
    for (let i = 0; i < bytes.length; i++) expect(kernel.read(api, bytes.subarray(0, i))).toBeNull();
  });

  test.each(cases)('agrees with JSON.parse about %s with bytes overwritten', (_, api, body) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const next = random(bytes.length);
    for (let i = 0; i < 2000; i++) {
      const broken = Buffer.from(bytes);
      for (let n = next(3); n >= 0; n--)
        broken[next(bytes.length)] = '"\\{}[]:, \n0eu\u0001x'.charCodeAt(next(15));
      const text = broken.toString();
      expect(kernel.read(api, broken) !== null, text).toBe(isJsonObject(text));
    }
  });

  test('reads the same whatever other values stand where a dialect has its own', () => {
    const other: Json[] = [null, 0, 'text', [], {}, ['a', 1], { text: 'x' }, [{ text: 'y' }], [['z']], true];
    const swapped = (value: Json, next: (n: number) => number): Json => {
      if (next(30) === 0) return other[next(other.length)] ?? null;
      if (Array.isArray(value)) return value.map(inner => swapped(inner, next));
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, swapped(inner, next)]));
    };
    for (let seed = 1; seed <= 4000; seed++) {
      const next = random(seed);
      const [api, body] = BODIES[next(BODIES.length)] ?? ['openai.chat', {}];
      const value = swapped(body, next);
      if (isObject(value)) expectTwin(api, JSON.stringify(value));
    }
  });

  test('reads any text in any place of a chat', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 90 }));
    const part = fc.record({ type: fc.constant('text'), text }, { requiredKeys: [] });
    const content = fc.oneof(text, fc.array(fc.oneof(part, text), { maxLength: 5 }));
    const role = fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer', 'nobody');
    const message = fc.record({ role, content, name: text }, { requiredKeys: [] });
    const tools = fc.array(fc.record({ x: fc.jsonValue() }), { maxLength: 3 });
    const body = fc.record({ messages: fc.array(message, { maxLength: 6 }), tools, other: fc.jsonValue() });
    const property = fc.property(body, fc.nat(), (value, seed) => {
      const next = random(seed);
      const wire = JSON.parse(JSON.stringify(value)) as Json;
      expectTwin('openai.chat', scrawled(reordered(wire, next), next));
    });
    fc.assert(property, { seed: 3, numRuns: 500 });
  });

  test('reads bytes that are no UTF-8 as they stand, and skips a byte-order mark', () => {
    const body = Buffer.concat([
      Buffer.from('\ufeff{"messages":[{"role":"user","content":"'),
      Buffer.from([0xff, 0xc3, 0x80, 0xed, 0xa0, 0x80]),
      Buffer.from('"}]}'),
    ]);
    const found = kernel.read('openai.chat', body);
    expect(found?.end(0)).toBe((found?.start(0) ?? 0) + 6);
  });

  test.each([
    ['ignored', '{"metadata":', '}', 60_000, true],
    ['a tool', '{"tools":[{"a":', '}]}', 60_000, true],
    ['unknown', '{"messages":', '}', 20_000, true],
    ['content', '{"messages":[{"content":', '}]}', 20_000, true],
    ['deeper than the bound', '{"metadata":', '}', 65_538, false],
  ])('follows no nesting into a stack: %s', (_, before, after, depth, readable) => {
    const lists = before + '['.repeat(depth) + ']'.repeat(depth) + after;
    const objects = `${before}${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}${after}`;
    for (const text of [lists, objects])
      expect(kernel.read('openai.chat', Buffer.from(text)) !== null).toBe(readable);
    expect(kernel.read('openai.chat', Buffer.from(before + '['.repeat(depth)))).toBeNull();
  });
});

describe('large bodies and memory', () => {
  test('reads a body of 10 MB, of one text or of many', () => {
    const fresh = C.ConversationKernel.load();
    const long = 'a "quoted" \\ text\n'.repeat(600_000);
    const one = fresh.read(
      'openai.chat',
      Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: long }] })),
    );
    expect(one).toMatchObject({ count: 1, complete: true });
    const messages = Array.from({ length: 200_000 }, (_, i) => ({
      role: 'user',
      content: `text ${i} of many`,
    }));
    const many = fresh.read('openai.chat', Buffer.from(JSON.stringify({ messages })));
    expect(many).toMatchObject({ count: 200_000, messages: 200_000, complete: true });
    expect(many?.message(199_999)).toBe(199_999);
    const { parts } = listed(many as C.Conversation);
    expect(parts.every((part, i) => part.value === `text ${i} of many` && part.role === C.ROLE_USER)).toBe(
      true,
    );
  });

  test('lists at most 1,048,576 parts, and says so', () => {
    const fresh = C.ConversationKernel.load();
    const body = (n: number) => Buffer.from(JSON.stringify({ input: Array(n).fill('') }));
    expect(fresh.read('openai.embeddings', body(1 << 20))).toMatchObject({ count: 1 << 20, complete: true });
    expect(fresh.read('openai.embeddings', body((1 << 20) + 1))).toMatchObject({
      count: 1 << 20,
      complete: false,
    });
    expect(fresh.memoryBytes).toBeLessThan(64 << 20);
  });

  test('gives the memory of a large body back when small ones follow', () => {
    const fresh = C.ConversationKernel.load();
    const small = Buffer.from('{"messages":[{"role":"user","content":"hi"}]}');
    const before = fresh.read('openai.chat', small) && fresh.memoryBytes;
    const large = Buffer.from(
      JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(40 << 20) }] }),
    );
    expect(fresh.read('openai.chat', large)).toMatchObject({ count: 1 });
    expect(fresh.memoryBytes).toBeGreaterThan(40 << 20);
    expect(fresh.read('openai.chat', small)).toMatchObject({ count: 1, complete: true });
    expect(fresh.memoryBytes).toBe(before);
  });

  test('does not grow over 100,000 bodies', () => {
    const fresh = C.ConversationKernel.load();
    const bodies = BODIES.map(([api, body]) => [api, Buffer.from(JSON.stringify(body))] as const);
    for (const [api, body] of bodies) fresh.read(api, body);
    const before = fresh.memoryBytes;
    let parts = 0;
    for (let i = 0; i < 100_000; i++) {
      const [api, body] = bodies[i % bodies.length] ?? ['none', Buffer.alloc(0)];
      parts += fresh.read(api, body)?.count ?? 0;
    }
    expect(parts).toBeGreaterThan(100_000);
    expect(fresh.memoryBytes).toBe(before);
  });

  test('leaves nothing of a body for the next', () => {
    expect(
      readJson(kernel, 'openai.chat', '{"messages":[{"role":"user","content":"a secret"}]}')?.parts,
    ).toHaveLength(1);
    expect(
      kernel.read('openai.chat', Buffer.from('{"messages":[{"role":"user","content":"a sec')),
    ).toBeNull();
    expect(readJson(kernel, 'openai.chat', '{"messages":[]}')).toEqual({
      parts: [],
      messages: 0,
      complete: true,
    });
  });
});

test('finds the end of plain text by SIMD as by single bytes, at every place around the blocks', () => {
  const length = 150;
  for (const stop of [0x22, 0x5c, 0x00, 0x1f, 0x0a])
    for (let at = 0; at <= length; at++) {
      const bytes = Buffer.alloc(length, 0xc3);
      for (let i = 0; i < length; i += 3)
        bytes[i] = [0x20, 0x7f, 0x21, 0x23, 0x5b, 0x80][(i / 3) % 6] ?? 0x20;
      if (at < length) bytes[at] = stop;
      for (const from of [0, 1, 15, 16, 17, 63, 64, 65]) {
        const found = kernel.plainEnd(bytes, from, false);
        expect(found, `${stop} at ${at} from ${from}`).toBe(kernel.plainEnd(bytes, from, true));
        if (at >= from) expect(found).toBe(at);
      }
    }
});
