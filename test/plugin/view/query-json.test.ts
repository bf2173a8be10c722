// body_query beside JSON.parse: the same value at every pointer, nothing where that finds nothing or throws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POINTER_STEPS_MAX, queryJson } from '../../../src/plugin/view/query-json.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const query = (body: string, pointer: string): string | null => {
  const found = queryJson(Buffer.from(body), pointer);
  return found === null ? null : Buffer.from(found).toString();
};
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** The value that JSON.parse and a plain walk find; undefined = none. */
function expected(value: Json, steps: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of steps) {
    if (Array.isArray(at)) at = /^(?:0|[1-9]\d*)$/.test(step) ? at[Number(step)] : undefined;
    else if (typeof at === 'object' && at !== null) at = Object.hasOwn(at, step) ? at[step] : undefined;
    else return undefined;
  }
  return at;
}

/** What a query shows of a value. */
function equal(found: string | null, wanted: Json | undefined): void {
  if (wanted === undefined) expect(found).toBeNull();
  else if (typeof wanted === 'string') expect(found).toBe(Buffer.from(wanted).toString());
  else expect(JSON.parse(found ?? 'nothing found')).toEqual(wanted);
}

function* paths(value: Json, at: readonly string[] = []): Generator<string[]> {
  yield [...at];
  yield [...at, 'nowhere'];
  if (Array.isArray(value)) {
    yield [...at, '-'];
    yield [...at, String(value.length)];
    for (const [i, inner] of value.entries()) yield* paths(inner, [...at, String(i)]);
  } else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) yield* paths(inner, [...at, key]);
}

/** RFC 6901, section 5. */
const EXAMPLE =
  '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}';

describe('a query of the body', () => {
  it.each([
    ['', EXAMPLE],
    ['/foo', '["bar","baz"]'],
    ['/foo/0', 'bar'],
    ['/', '0'],
    ['/a~1b', '1'],
    ['/c%d', '2'],
    ['/e^f', '3'],
    ['/g|h', '4'],
    ['/i\\j', '5'],
    ['/k"l', '6'],
    ['/ ', '7'],
    ['/m~0n', '8'],
  ])("finds RFC 6901's example %j", (pointer, value) => {
    expect(query(EXAMPLE, pointer)).toBe(value);
  });

  it.each([
    'foo',
    '/m~n',
    '/~2',
    '/foo/00',
    '/foo/-1',
    '/foo/-',
    '/foo/2',
    '/foo/1e0',
    '/foo/0/0',
    '/foo/99999999999',
  ])('finds nothing at %j', pointer => {
    expect(query(EXAMPLE, pointer)).toBeNull();
  });

  it('gives JSON text as sent and the text of a string', () => {
    const body = ' { "n" : 1.50e+2 , "o" : { "x" : [ 1 , 2 ] } , "s" : "a\\n\\ud83d\\ude00\\ud83d" } ';
    expect(query(body, '/n')).toBe('1.50e+2');
    expect(query(body, '/o')).toBe('{ "x" : [ 1 , 2 ] }');
    expect(query(body, '/s')).toBe('a\n😀\ufffd');
  });

  it('takes the last of keys that stand twice, also where the pointer then leads nowhere', () => {
    expect(query('{"a":{"b":1},"a":{"b":2}}', '/a/b')).toBe('2');
    expect(query('{"a":{"b":1},"\\u0061":{"c":2}}', '/a/b')).toBeNull();
    expect(query('{"a":{"b":1},"a":3}', '/a/b')).toBeNull();
    expect(query('{"a":1,"a":{"b":1},"a":[],"a":{"b":4}}', '/a/b')).toBe('4');
  });

  it('finds what JSON.parse finds, at every place of any value in any spelling', () => {
    const values = fc.json({ maxDepth: 4, stringUnit: 'binary' }).map(text => JSON.parse(text) as Json);
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 3 }), fc.boolean(), (value, space, ascii) => {
        let body = JSON.stringify(value, null, space);
        if (ascii)
          body = body.replace(/[\u0080-\uffff]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
        for (const path of paths(value))
          equal(query(body, path.map(key => `/${escaped(key)}`).join('')), expected(value, path));
      }),
      { numRuns: 300 },
    );
  });

  it('finds nothing exactly where JSON.parse throws', () => {
    const seeds = [
      '{"a":[1,-2.5e3,{"b":"c\\u0041"}],"d":null}',
      '[true,false,{"":"\\n"}]',
      '"x"',
      '-0',
      EXAMPLE,
    ];
    const edit = fc.record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(90),
      cut: fc.nat(3),
      put: fc.constantFrom(
        '',
        '"',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '0',
        '1',
        '.',
        'e',
        '-',
        '+',
        ' ',
        '\n',
        '\0',
        'u',
        't',
        '\ufeff',
      ),
    });
    fc.assert(
      fc.property(edit, ({ seed, at, cut, put }) => {
        const body = seed.slice(0, at) + put + seed.slice(at + cut);
        let valid = true;
        try {
          JSON.parse(body.replace(/^\ufeff/, ''));
        } catch {
          valid = false;
        }
        expect(query(body, '') !== null, body).toBe(valid);
        if (!valid) expect(query(body, '/a'), body).toBeNull();
      }),
      { numRuns: 4000 },
    );
  });

  it('reads no deeper than 65,536 and follows no pointer of more than its steps', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    // The innermost is empty: it is over where it begins.
    expect(query(nested(65_537), '')).toHaveLength(131_074);
    expect(query(nested(65_538), '') === null).toBe(true);
    expect(query(nested(5_000_000), '/0') === null).toBe(true);
    expect(query(nested(300), '/0'.repeat(POINTER_STEPS_MAX))).toBe(nested(300 - POINTER_STEPS_MAX));
    expect(query(nested(300), '/0'.repeat(POINTER_STEPS_MAX + 1))).toBeNull();
  });

  it('reads a body behind a byte-order mark and none that is empty', () => {
    expect(query('\ufeff{"a":1}', '/a')).toBe('1');
    expect(query('', '')).toBeNull();
    expect(query(' ', '')).toBeNull();
  });
});
