// WASI and AssemblyScript's abort: answered without any power (CONTRACT.md §5.1).
import { describe, expect, it } from 'vitest';
import { LOG_BYTES_MAX } from '../../../src/core/plugin-bounds.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { hook, prepare, type Wat } from '../support/guest.js';
import { host, NOW_MS, OUT, observe, scene } from '../support/scene.js';

/** Vectors at 3,000: pointer and length of each text. */
const vectors = (w: Wat, texts: readonly string[]) =>
  texts
    .map((text, i) => {
      const [pointer = '', length = ''] = w.text(text).split(') ');
      return `(i32.store (i32.const ${3000 + 8 * i}) ${pointer})) (i32.store (i32.const ${3004 + 8 * i}) ${length})`;
    })
    .join('');
const write = (texts: readonly string[], descriptor = 1) =>
  observe(
    w => `(block (result i32) ${vectors(w, texts)}
      (call $fd_write (i32.const ${descriptor}) (i32.const 3000) (i32.const ${texts.length}) (i32.const ${OUT})))`,
  );

describe('fd_write', () => {
  it('makes a log line of what is written, and counts all of it', () => {
    const { value, bytes, outcome } = write(['hello ', 'world', '\n']);
    expect([value, bytes.readUInt32LE(0)]).toEqual([0n, 12]);
    expect(outcome.logs).toEqual([{ level: 1, text: 'hello world' }]);
    expect(write(['oops'], 2).outcome.logs).toEqual([{ level: 2, text: 'oops' }]);
  });

  it('is bounded and scrubbed like log', () => {
    expect(write(['x'.repeat(700)]).outcome.logs[0]?.text).toBe('x'.repeat(LOG_BYTES_MAX));
    expect(write(['a\x1bb\nc\r\n']).outcome.logs[0]?.text).toBe('a\uFFFDb\uFFFDc');
    const lines = observe(w => {
      const one = '(drop (call $fd_write (i32.const 1) (i32.const 3000) (i32.const 1) (i32.const 3100)))';
      return `(block (result i32) ${vectors(w, ['x'])} ${one.repeat(6)} (i32.const 0))`;
    });
    expect([lines.outcome.logs.length, lines.outcome.logsDropped]).toEqual([4, 2]);
  });

  it('writes nothing for no bytes', () => {
    expect(write([]).outcome.logs).toEqual([]);
    expect(write(['']).outcome).toMatchObject({ result: 'go_on', logs: [] });
  });

  it('knows no other file (EBADF)', () => {
    for (const descriptor of [0, 3, -1])
      expect(write(['x'], descriptor)).toMatchObject({ value: 8n, outcome: { logs: [] } });
  });

  it('fails for vectors outside memory, and for what they point at there', () => {
    const wide = (vector: string, count: string) =>
      observe(() => `(call $fd_write (i32.const 1) (i32.const ${vector}) (i32.const ${count}) (i32.const 0))`)
        .outcome.failure;
    expect([wide('65529', '1'), wide('0', '-1'), wide('0', '536870912'), wide('-8', '1')]).toEqual(
      new Array(4).fill('bad_pointer'),
    );
    const within = observe(
      () => `(block (result i32)
        (i32.store (i32.const 3000) (i32.const 65530)) (i32.store (i32.const 3004) (i32.const 7))
        (call $fd_write (i32.const 1) (i32.const 3000) (i32.const 1) (i32.const 0)))`,
    );
    expect(within.outcome.failure).toBe('bad_pointer');
  });
});

describe('clock_time_get', () => {
  it('is the time the hook began, in ns', () => {
    for (const nowMs of [NOW_MS, 1, 4_294_967_296_123]) {
      const { bytes } = observe(
        () => `(call $clock_time_get (i32.const 0) (i64.const 1) (i32.const ${OUT}))`,
        scene({ nowMs }),
      );
      expect(bytes.readBigUInt64LE(0)).toBe(BigInt(nowMs) * 1_000_000n);
    }
  });
});

describe('random_get', () => {
  it('fills as asked, the same for the same request', () => {
    const fill = (length: number) =>
      observe(
        () => `(call $random_get (i32.const ${OUT}) (i32.const ${length}))`,
        scene({ texts: { request_id: 'r' } }),
      ).bytes;
    const bytes = fill(11);
    expect(bytes.subarray(0, 11).some(byte => byte !== 0)).toBe(true);
    expect(bytes.readUInt8(11)).toBe(0);
    expect(fill(11)).toEqual(bytes);
    expect(fill(0).readUInt32LE(0)).toBe(0);
  });
});

describe('arguments and environment', () => {
  it('are empty', () => {
    for (const name of ['environ_sizes_get', 'args_sizes_get']) {
      const { value, bytes } = observe(
        () => `(block (result i32) (i64.store (i32.const ${OUT}) (i64.const -1))
          (call $${name} (i32.const ${OUT}) (i32.const ${OUT + 4})))`,
      );
      expect([value, bytes.readBigUInt64LE(0)]).toEqual([0n, 0n]);
    }
    for (const name of ['environ_get', 'args_get']) {
      expect(observe(() => `(call $${name} (i32.const 0) (i32.const 0))`).value).toBe(0n);
    }
  });
});

describe('what ends a program', () => {
  const run = (body: string | ((w: Wat) => string)) =>
    new LoadedPlugin(
      prepare(w => hook('on_request', `${typeof body === 'string' ? body : body(w)} (i32.const 0)`)),
      host(),
    ).run(scene());

  it('proc_exit is a trap, whatever its code', () => {
    for (const code of [0, 1]) {
      expect(run(`(call $proc_exit (i32.const ${code}))`)).toMatchObject({
        result: 'failed',
        failure: 'trap',
        detail: `the guest called proc_exit(${code})`,
      });
    }
  });

  it('abort is a trap with its message and place', () => {
    const string = (w: Wat, text: string) => {
      const bytes = Buffer.from(text, 'utf16le');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      const pointer = Number(/const (\d+)/.exec(w.text(Buffer.concat([length, bytes])))?.[1]);
      return `(i32.const ${pointer + 4})`;
    };
    const outcome = run(
      w =>
        `(call $abort ${string(w, 'Index out\n of range')} ${string(w, 'index.ts')} (i32.const 12) (i32.const 3))`,
    );
    expect(outcome).toMatchObject({
      failure: 'trap',
      detail: 'abort: Index out\uFFFD of range at index.ts:12:3',
    });
  });

  it('abort’s pointers may be anything', () => {
    for (const pointer of [0, 3, 65536, -1, -4]) {
      const outcome = run(
        `(i32.store (i32.const 65532) (i32.const -1)) (call $abort (i32.const ${pointer}) (i32.const ${pointer}) (i32.const -1) (i32.const 0))`,
      );
      expect(outcome.detail).toMatch(/^abort: abort at \?:4294967295:0$/);
    }
  });
});
