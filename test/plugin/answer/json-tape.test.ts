// The positioned reader against JSON.parse: the same values at the places it names, and nothing that is not JSON.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARRAY, JsonTape, OBJECT, STRING } from '../../../src/plugin/answer/json-tape.js';
import { keyNumber } from '../../../src/plugin/answer/keys.js';

const tape = new JsonTape();

/** The value at a node, made anew from its places alone. */
function valueAt(node: number): unknown {
  const kind = tape.kind(node);
  if (kind === STRING) return tape.text(node);
  if (kind !== OBJECT && kind !== ARRAY)
    return JSON.parse(tape.bytes.toString('utf8', tape.start(node), tape.end(node)));
  const values: unknown[] = [];
  for (let child = node + 1; child < tape.after(node); child = tape.after(child)) {
    expect(tape.parent(child)).toBe(node);
    values.push(valueAt(child));
  }
  return kind === ARRAY ? values : { members: values };
}

/** The same shape from JSON.parse. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  return typeof value === 'object' && value !== null ? { members: Object.values(value).map(shape) } : value;
}

describe('the tape', () => {
  it.each([0, 1, 2])('reads what JSON.parse reads, with %i spaces', spaces => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
        const json = JSON.stringify(value, null, spaces);
        expect(tape.read(Buffer.from(` ${json}\r\n`))).toBe(true);
        expect(valueAt(0)).toEqual(shape(JSON.parse(json)));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('takes nothing whose structure JSON.parse does not take', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom('{', '}', '[', ']', ',', ':', '"', ''),
        (json, at, put) => {
          const place = at % (json.length + 1);
          const mutated = json.slice(0, place) + put + json.slice(put === '' ? place + 1 : place);
          const read = tape.read(Buffer.from(mutated));
          let parsed = true;
          try {
            JSON.parse(mutated);
          } catch {
            parsed = false;
          }
          if (parsed) expect(read).toBe(true);
          // Lenient in words, numbers and escapes only.
          else if (read) expect(mutated).toMatch(/[\\\da-zA-Z]/);
        },
      ),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('reads a part of a buffer, with offsets of the whole', () => {
    const bytes = Buffer.from('xx{"text":"a\\nb"}yy');
    expect(tape.read(bytes, 2, 17)).toBe(true);
    const node = tape.member(0, keyNumber('text'));
    expect([tape.start(node), tape.end(node), tape.text(node), tape.escaped(node)]).toEqual([
      11,
      15,
      'a\nb',
      true,
    ]);
    expect(tape.read(bytes, 2, 18)).toBe(false);
    expect(tape.read(bytes, 2, 16)).toBe(false);
  });

  it('knows keys with escapes, and the last of two', () => {
    expect(tape.read(Buffer.from('{"text":1,"t\\u0065xt":"b","texts":3}'))).toBe(true);
    expect(tape.text(tape.member(0, keyNumber('text')))).toBe('b');
  });

  it.each([
    '',
    '{',
    '{"a"}',
    '[1,]',
    '{"a":1,}',
    '[1 2]',
    '"a',
    '{"a":1]',
    '[1}',
    ']',
    '1,2',
    '{"a" 1}',
    '{,}',
    '"\\',
  ])('refuses %j', json => expect(tape.read(Buffer.from(json))).toBe(false));

  it('bounds the depth, and forgets a long document', () => {
    expect(tape.read(Buffer.from(`${'['.repeat(256)}${']'.repeat(256)}`))).toBe(true);
    expect(tape.read(Buffer.from(`${'['.repeat(257)}${']'.repeat(257)}`))).toBe(false);
    expect(tape.read(Buffer.from(`[${'1,'.repeat(300_000)}1]`))).toBe(true);
    expect(tape.read(Buffer.from('{"text":"a"}'))).toBe(true);
    expect(tape.text(tape.member(0, keyNumber('text')))).toBe('a');
  });
});
