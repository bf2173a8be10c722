// Facts of a request and its answer, by the ids of CONTRACT.md §5.10.
import { describe, expect, it } from 'vitest';
import {
  ABSENT_I64,
  INTEGER_FIELDS,
  type IntegerField,
  STRING_FIELDS,
  type StringField,
} from '../../../src/plugin/abi.js';
import { OUT, observe, scene } from '../support/scene.js';

const field = (id: number, capacity = 64) =>
  `(call $field_str (i32.const ${id}) (i32.const ${OUT}) (i32.const ${capacity}))`;

describe('field_str', () => {
  it.each(Object.entries(STRING_FIELDS))('gives %s under id %i', (name, id) => {
    const over = scene({ texts: { [name as StringField]: `the ${name}` } });
    const { value, bytes } = observe(() => field(id), over);
    expect(value).toBe(BigInt(name.length + 4));
    expect(bytes.toString('utf8', 0, Number(value))).toBe(`the ${name}`);
  });

  it('is -1 for what is absent and for ids that are none', () => {
    for (const id of [3, 0, 14, 32, -1, 2147483647]) {
      expect(observe(() => field(id)).value).toBe(-1n);
    }
  });

  it('writes at most the capacity and gives the full length', () => {
    const long = 'm'.repeat(100);
    for (const [text, capacity] of [
      ['gpt-4o', 3],
      ['gpt-4o', 0],
      [long, 40],
      [long, 0],
    ] as const) {
      const { value, bytes } = observe(() => field(3, capacity), scene({ texts: { model: text } }));
      expect(value).toBe(BigInt(text.length));
      expect(bytes.toString('latin1', 0, capacity + 1)).toBe(`${text.slice(0, capacity)}\0`);
    }
  });

  it('counts and cuts bytes of UTF-8, not characters', () => {
    const { value, bytes } = observe(() => field(5, 3), scene({ texts: { consumer: 'zoë€' } }));
    expect(value).toBe(7n);
    expect(bytes.toString('hex', 0, 4)).toBe('7a6fc300');
  });
});

describe('field_i64', () => {
  const ask = (id: number, integers: Partial<Record<IntegerField, number>>) =>
    observe(() => `(call $field_i64 (i32.const ${id}))`, scene({ integers }), { wide: true }).value;

  it.each(Object.entries(INTEGER_FIELDS))('gives %s under id %i', (name, id) => {
    expect(ask(id, { [name as IntegerField]: 1000 + id })).toBe(BigInt(1000 + id));
  });

  it('gives zero, negative and large numbers as they are', () => {
    for (const number of [0, -1, 1023, 1024, Number.MAX_SAFE_INTEGER]) {
      expect(ask(33, { input_tokens: number })).toBe(BigInt(number));
    }
  });

  it('is the minimum i64 for what is absent and for ids that are none', () => {
    for (const id of [33, 0, 31, 44, -1]) expect(ask(id, {})).toBe(ABSENT_I64);
  });
});

describe('tag_get', () => {
  const ask = (name: string, capacity = 16) =>
    observe(
      w => `(call $tag_get ${w.text(name)} (i32.const ${OUT}) (i32.const ${capacity}))`,
      scene({ tagList: { tier: 'gold' } }),
    );

  it('gives a tag of the request or its consumer', () => {
    const { value, bytes } = ask('tier');
    expect(value).toBe(4n);
    expect(bytes.toString('latin1', 0, 4)).toBe('gold');
    expect(ask('tier', 0).value).toBe(4n);
  });

  it('is -1 for one that there is not', () => {
    expect(ask('project').value).toBe(-1n);
    expect(ask('').value).toBe(-1n);
    expect(ask('t'.repeat(1000)).value).toBe(-1n);
  });
});
