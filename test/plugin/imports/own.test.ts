// The plugin's own: state within a request, configuration, clock, chance, tokens (CONTRACT.md §5.3, 5.7, 5.8).
import { describe, expect, it } from 'vitest';
import { COUNT_TOKENS_BYTES_MAX, STATE_BYTES_MAX } from '../../../src/core/plugin-bounds.js';
import { TokenKernel } from '../../../src/kernel/tokens.js';
import { loadVocabulary } from '../../../src/kernel/vocabulary.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { Random } from '../../../src/plugin/random.js';
import { hook, prepare } from '../support/guest.js';
import { eventScene, host, NOW_MS, OUT, observe, scene } from '../support/scene.js';

const at = `(i32.const ${OUT})`;

describe('state', () => {
  const get = `(call $state_get ${at} (i32.const 64))`;

  it('is empty at first, then what the request’s last hook left', () => {
    expect(observe(() => get).value).toBe(0n);
    const { value, bytes } = observe(() => get, scene({ state: Buffer.from('before') }));
    expect(bytes.toString('latin1', 0, Number(value))).toBe('before');
    expect(
      observe(() => `(call $state_get ${at} (i32.const 2))`, scene({ state: Buffer.from('before') })).value,
    ).toBe(6n);
  });

  it('set in a hook is seen by it and stands in the outcome', () => {
    const loaded = new LoadedPlugin(
      prepare(w =>
        hook(
          'on_request',
          `(drop (call $state_set ${w.text('new')})) (drop ${get}) (drop (call $state_set ${at} (i32.const 3))) (i32.const 0)`,
        ),
      ),
      host(),
    );
    expect(Buffer.from(loaded.run(scene({ state: Buffer.from('before') })).state ?? []).toString()).toBe(
      'new',
    );
    expect(loaded.run(scene({ hook: 'on_request' })).state).toHaveLength(3);
  });

  it('takes 4 KiB, and no more', () => {
    const set = (length: number) =>
      new LoadedPlugin(
        prepare(
          hook('on_request', `(drop (call $state_set (i32.const 0) (i32.const ${length}))) (i32.const 0)`),
        ),
        host(),
      ).run(scene()).state;
    expect(set(STATE_BYTES_MAX)).toHaveLength(STATE_BYTES_MAX);
    expect(set(STATE_BYTES_MAX + 1)).toBe(null);
    expect(set(0)).toHaveLength(0);
  });
});

describe('config_read', () => {
  const configJson = '{"limit":5,"name":"zoë"}';

  it('gives the policy’s configuration as JSON, also in configure', () => {
    const { value, bytes } = observe(() => `(call $config_read ${at} (i32.const 64))`, scene(), {
      settings: { configJson },
    });
    expect(bytes.toString('utf8', 0, Number(value))).toBe(configJson);
    const loaded = new LoadedPlugin(
      prepare(
        `${hook('configure', `(i32.store (i32.const 0) (call $config_read (i32.const 4) (i32.const 64))) (i32.const 0)`)}
         ${hook('on_request', '(drop (call $state_set (i32.const 0) (i32.const 40))) (i32.const 0)')}`,
        { configJson },
      ),
      host(),
    );
    const seen = Buffer.from(loaded.run(scene()).state ?? []);
    expect(seen.toString('utf8', 4, 4 + seen.readInt32LE(0))).toBe(configJson);
  });
});

describe('now_ms', () => {
  it('is the time the hook began, all through it', () => {
    let now = NOW_MS;
    const ticking = Object.defineProperty(scene(), 'nowMs', { get: () => now++ });
    const { value } = observe(() => '(i64.sub (call $now_ms) (call $now_ms))', ticking, { wide: true });
    expect(value).toBe(0n);
    expect(observe(() => '(call $now_ms)', scene(), { wide: true }).value).toBe(BigInt(NOW_MS));
  });
});

describe('random_i64', () => {
  const draw = (over = scene({ texts: { request_id: 'r1' } }), policy = 'test') =>
    observe(() => '(call $random_i64)', over, { wide: true, settings: { policy } }).value;

  it('is the same for the same request, policy and hook, and differs with each of them', () => {
    const first = draw();
    expect(draw()).toBe(first);
    const others = [
      draw(scene({ texts: { request_id: 'r2' } })),
      draw(scene({ texts: { request_id: 'r1' } }), 'another'),
      draw(scene({ texts: { request_id: 'r1' }, hook: 'on_response' })),
      draw(eventScene('x', { texts: { request_id: 'r1' }, integers: { event_index: 0 } })),
      draw(eventScene('x', { texts: { request_id: 'r1' }, integers: { event_index: 1 } })),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
  });

  it('differs from draw to draw', () => {
    const { value } = observe(() => '(i64.xor (call $random_i64) (call $random_i64))', scene(), {
      wide: true,
    });
    expect(value).not.toBe(0n);
  });

  it('is spread evenly over all its bits', () => {
    const ones = new Array<number>(64).fill(0);
    const draws = 4096;
    for (let i = 0; i < draws; i++) {
      // First draws of neighbouring seeds: the seeding must mix, not only the rounds.
      const bits = BigInt.asUintN(64, new Random(`request-${i}`).next64());
      for (let bit = 0; bit < 64; bit++) ones[bit] = (ones[bit] ?? 0) + Number((bits >> BigInt(bit)) & 1n);
    }
    // Five standard deviations of a fair coin.
    for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan((5 * Math.sqrt(draws)) / 2);
  });
});

describe('count_tokens', () => {
  const tokens = TokenKernel.load(loadVocabulary(1), 0);
  const count = (text: string, model = 'gpt-4o') =>
    observe(w => `(call $count_tokens ${w.text(text)})`, scene({ texts: { model } }), {
      wide: true,
      host: host({ tokens }),
    }).value;

  it('counts as the model’s tokenizer does', () => {
    expect(count('Hello, world!')).toBe(4n);
    const text = 'Données naïves 你好 🙂'.repeat(20);
    expect(count(text)).toBe(BigInt(tokens.countText('o200k_base', text)));
    expect(count(text, 'gpt-4')).toBe(BigInt(tokens.countText('cl100k_base', text)));
    expect(count('')).toBe(0n);
  });

  it('takes 64 KiB, and is -2 for more', () => {
    const long = (length: number) =>
      observe(
        () =>
          `(block (result i64) (drop (memory.grow (i32.const 1))) (call $count_tokens (i32.const 0) (i32.const ${length})))`,
        scene(),
        {
          wide: true,
          host: host({ tokens }),
        },
      ).value;
    expect(long(COUNT_TOKENS_BYTES_MAX)).toBeGreaterThan(0n);
    expect(long(COUNT_TOKENS_BYTES_MAX + 1)).toBe(-2n);
  });

  it('is -1 where the thread counts none', () => {
    expect(observe(w => `(call $count_tokens ${w.text('x')})`, scene(), { wide: true }).value).toBe(-1n);
  });
});
