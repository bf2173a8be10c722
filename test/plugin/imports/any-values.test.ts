// Whatever values a guest passes, in whatever hook: an import never throws, and the hook ends in a way that the ABI knows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IMPORTS, type Signature, STUBS } from '../../../src/plugin/abi.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { prepare } from '../support/guest.js';
import { eventScene, host, scene } from '../support/scene.js';

const WASI = STUBS.wasi_snapshot_preview1;
const ALL: [string, Signature][] = [
  ...Object.entries(IMPORTS),
  ...Object.entries(WASI),
  ...Object.entries(STUBS.env),
];
const FACTS = {
  chat: { model: 'gpt-4o', messages: [{ role: 'user', content: 'some words' }] },
  texts: { model: 'gpt-4o', request_id: 'r' },
  integers: { input_tokens: 5 },
  headerList: { accept: '*/*' },
  tagList: { tier: 'gold' },
  targets: ['openai'],
};
const HELD = [{ kind: 'text', choice: 0 }] as const;
/** The values lie in the state: eight bytes each. */
const ARGS_AT = 512;

/** Calls the import with what the state says, in every hook. */
function calling(name: string, { params, result }: Signature): LoadedPlugin {
  const args = [...params].map(
    (letter, i) => `(${letter === 'i' ? 'i32' : 'i64'}.load (i32.const ${ARGS_AT + 8 * i}))`,
  );
  const call = `(call $${name} ${args.join(' ')})`;
  const body = `(drop (call $state_get (i32.const ${ARGS_AT}) (i32.const 64))) ${result === '' ? call : `(drop ${call})`}`;
  const hooks = ['on_request', 'on_response', 'on_event'].map(
    hook => `(func (export "${hook}") (result i32) ${body} (i32.const 0))`,
  );
  return new LoadedPlugin(
    prepare(`${hooks.join('')} (func (export "on_end") ${body})`, {
      fuel: 100_000,
      tags: ['tier'],
      rows: { t: new Map() },
    }),
    host(),
  );
}

const value = fc
  .oneof(
    fc.integer({ min: 0, max: 130 }),
    fc.integer({ min: 65_400, max: 65_600 }),
    fc.constantFrom(0, 1, -1, -2, 2147483647, -2147483648, 65_535, 65_536, 1 << 30),
    fc.integer(),
  )
  .map(BigInt);

describe('an import called with any values', () => {
  it.each(ALL)('ends well or as a failure that has a name: %s', (name, signature) => {
    const loaded = calling(name, signature);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 6, maxLength: 6 }),
        fc.constantFrom('on_request', 'on_response', 'on_event', 'on_end'),
        (values, hook) => {
          const state = Buffer.alloc(64);
          for (const [i, one] of values.entries()) state.writeBigInt64LE(one, 8 * i);
          const over =
            hook === 'on_event'
              ? eventScene('a piece', { ...FACTS, state, held: HELD })
              : scene({ ...FACTS, state, hook });
          const outcome = loaded.run(over);
          expect(outcome.fuel).toBeGreaterThan(0);
          expect(outcome.fuel).toBeLessThanOrEqual(loaded.fuelFor(over));
          if (outcome.result === 'go_on') return;
          expect(outcome.result).toBe('failed');
          const ends = name === 'proc_exit' || name === 'abort';
          expect(ends ? ['trap'] : ['bad_pointer', 'fuel']).toContain(outcome.failure);
          expect(outcome.detail).not.toBe('');
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });
});
