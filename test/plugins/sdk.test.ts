// The SDK's readers against JavaScript's own: JSON values, searching in bytes, characters. Instantiated bare, with imports of the test's own.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltPolicy, buildPolicy } from './built-policy.js';

/** Dumps the configuration; looks for field 3 in field 2; tells the characters of field 2; all by way of `log`. */
const SOURCE = `
import { ByteView, ByteWriter, Json, JsonKind, config, log, request } from '../sdk';

const out = new ByteWriter();

function units(text: string): void {
  for (let i = 0; i < text.length; i++) out.number(text.charCodeAt(i)).byte(0x20);
}

function dump(value: Json): void {
  const kind = value.kind;
  if (kind == JsonKind.STRING) {
    out.text('s(');
    units(value.string());
    out.text(')');
  } else if (kind == JsonKind.LIST) {
    out.text('[');
    const items = value.items();
    for (let i = 0; i < items.length; i++) dump(items[i]);
    out.text(']');
  } else if (kind == JsonKind.OBJECT) {
    out.text('{');
    const keys = value.keys();
    for (let i = 0; i < keys.length; i++) {
      units(keys[i]);
      out.text('=');
      dump(value.get(keys[i]));
    }
    out.text('}');
  } else if (kind == JsonKind.NUMBER) {
    out.text(value.whole ? value.integer().toString() : 'n' + value.text.toString());
  } else if (kind == JsonKind.BOOL) {
    out.text(value.bool() ? 'yes' : 'no');
  } else out.text(kind == JsonKind.NULL ? 'null' : 'absent');
}

export function on_request(): i32 {
  dump(config.root.json);
  log.info(out.toString());
  return 0;
}

export function find(): i32 {
  return ByteView.of(request.api).indexOf(ByteView.of(request.model));
}

export function findFolded(): i32 {
  return ByteView.of(request.api).indexOfFolded(ByteView.of(request.model));
}

export function characters(): void {
  const text = ByteView.of(request.api);
  for (let i = 0; i < text.length; i += text.widthAt(i)) out.number(text.codePointAt(i)).byte(0x20);
  log.info(out.toString());
}
`;

interface Probe {
  readonly memory: { readonly buffer: ArrayBuffer };
  on_request(): number;
  find(): number;
  findFolded(): number;
  characters(): void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
let built: BuiltPolicy;
let module: object;

beforeAll(() => {
  built = buildPolicy(SOURCE);
  module = new wasm.Module(readFileSync(built.file));
}, 120_000);
afterAll(() => built.remove());

interface Given {
  readonly config?: string;
  readonly model?: string;
  readonly api?: string;
}

/** A fresh instance a run, as the host's reset would leave it; what it logged. */
function run(given: Given, work: (probe: Probe) => unknown): { logged: string; result: unknown } {
  let logged = '';
  const bytes = (): Uint8Array => new Uint8Array(probe.memory.buffer);
  const give = (text: string, at: number, capacity: number): number => {
    const source = Buffer.from(text);
    bytes().set(source.subarray(0, capacity), at);
    return source.length;
  };
  const weir = {
    config_read: (at: number, capacity: number) => give(given.config ?? '{}', at, capacity),
    field_str: (id: number, at: number, capacity: number) =>
      give((id === 3 ? given.model : given.api) ?? '', at, capacity),
    log: (_level: number, at: number, length: number) => {
      logged += Buffer.from(bytes().slice(at, at + length)).toString('utf8');
    },
  };
  const abort = (): never => {
    throw new Error('the policy aborted');
  };
  const probe = new wasm.Instance(module, { weir, env: { abort } }).exports as Probe;
  return { result: work(probe), logged };
}

/** Half a pair is U+FFFD in UTF-8. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const units = (text: string): string =>
  [...text]
    .map(character => [...Array(character.length).keys()].map(i => `${character.charCodeAt(i)} `).join(''))
    .join('');

/** The dump's twin over JSON.parse. */
function dumpOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `s(${units(wellFormed(value))})`;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return `[${value.map(dumpOf).join('')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, inner]) => `${units(wellFormed(key))}=${dumpOf(inner)}`)
      .join('')}}`;
  const text = JSON.stringify(value);
  return /^-?\d{1,18}$/.test(text) ? String(BigInt(text)) : `n${text}`;
}

const dump = (config: string): string => run({ config }, probe => probe.on_request()).logged;

describe("the SDK's JSON reader", () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : undefined);
        expect(dump(text)).toBe(dumpOf(JSON.parse(text)));
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it('undoes every escape, also of characters beyond the first plane', () => {
    const text = String.raw`{"a\u00e9":"\"\\\/\b\f\n\r\t\ud83d\ude00\ud83dx\u0000"}`;
    expect(dump(text)).toBe(dumpOf(JSON.parse(text)));
  });

  it('takes the last of duplicate keys, as parsers do', () => {
    expect(dump('{"a":1,"a":2}')).toBe('{97 =297 =2}');
  });

  it('ends on every text that is cut short, without a trap', () => {
    const text = JSON.stringify({ a: [1, -2.5e3, { b: 'x\n"\u{1F600}' }, null, true], '': {} });
    for (let end = 0; end < text.length; end++)
      expect(() => dump(text.slice(0, end)), text.slice(0, end)).not.toThrow();
  });

  it('ends on texts that are no JSON at all, without a trap', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0a1-. '), maxLength: 40 }), text => {
        expect(() => dump(text)).not.toThrow();
      }),
      { numRuns: 500, seed: 6 },
    );
  });
});

describe("the SDK's bytes", () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', 'é', '😀'), maxLength: 12 });

  it('finds a text where Buffer finds it', () => {
    fc.assert(
      fc.property(letters, letters, (api, model) => {
        const { result } = run({ api, model }, probe => probe.find());
        expect(result).toBe(Buffer.from(api).indexOf(Buffer.from(model)));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('finds it without regard to the case of ASCII letters', () => {
    fc.assert(
      fc.property(letters, letters, (api, model) => {
        const lower = model.toLowerCase();
        const { result } = run({ api, model: lower }, probe => probe.findFolded());
        expect(result).toBe(Buffer.from(api.toLowerCase()).indexOf(Buffer.from(lower)));
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it('walks over characters', () => {
    const text = 'aé€😀\u{10FFFF}z';
    const { logged } = run({ api: text }, probe => probe.characters());
    expect(logged.trim()).toBe([...text].map(character => character.codePointAt(0)).join(' '));
  });
});
