// What a hook's result means, and what becomes of an instance afterwards (CONTRACT.md §5.2, 5.9).
import { describe, expect, it } from 'vitest';
import { FUEL_DEFAULT } from '../../src/core/plugin-bounds.js';
import type { HookName } from '../../src/plugin/abi.js';
import type { HookScene } from '../../src/plugin/hook.js';
import { PluginFailure, PluginInstance } from '../../src/plugin/instance.js';
import { LoadedPlugin } from '../../src/plugin/loaded.js';
import { hook, prepare, type Wat } from './support/guest.js';
import { eventScene, host, scene } from './support/scene.js';

type Changes = Parameters<typeof prepare>[1];

function load(functions: string | ((w: Wat) => string), changes: Changes = {}): LoadedPlugin {
  return new LoadedPlugin(prepare(functions, changes), host());
}

const over = (name: HookName): HookScene => (name === 'on_event' ? eventScene('x') : scene({ hook: name }));
const returns = (name: HookName, result: number) => load(hook(name, `(i32.const ${result})`)).run(over(name));

describe('a result', () => {
  it('of 0 goes on, and nothing is changed', () => {
    expect(returns('on_request', 0)).toMatchObject({
      result: 'go_on',
      failure: null,
      denial: null,
      evidence: [],
      tags: [],
      logs: [],
      state: null,
      messages: null,
      headers: null,
      body: null,
      model: null,
      target: null,
      eventText: null,
      heldAppend: null,
      isolated: false,
    });
  });

  it('of 1 denies with 403 where deny() said nothing', () => {
    for (const name of ['on_request', 'on_response', 'on_event'] as const) {
      expect(returns(name, 1)).toMatchObject({
        result: 'deny',
        denial: { status: 403, code: null, message: null, retryAfterMs: null },
      });
    }
  });

  it('of 2 holds in on_event and is a failure elsewhere', () => {
    expect(returns('on_event', 2).result).toBe('hold');
    for (const name of ['on_request', 'on_response'] as const) {
      expect(returns(name, 2)).toMatchObject({
        result: 'failed',
        failure: 'bad_result',
        detail: `${name} returned 2; allowed: 0 or 1`,
      });
    }
  });

  it('of any other number is a failure', () => {
    for (const result of [3, -1, 2147483647]) {
      expect(returns('on_event', result)).toMatchObject({ failure: 'bad_result' });
    }
  });

  it('of on_end is none', () => {
    expect(load('(func (export "on_end"))').run(over('on_end')).result).toBe('go_on');
  });

  it('of 0 after deny() leaves the denial to be told, and goes on', () => {
    const loaded = load(w =>
      hook(
        'on_request',
        `(call $deny (i32.const 451) ${w.text('no')} ${w.text('')} (i32.const 0)) (i32.const 0)`,
      ),
    );
    expect(loaded.run(scene())).toMatchObject({ result: 'go_on', denial: { status: 451, code: 'no' } });
  });
});

describe('a hook that fails', () => {
  it('keeps its log lines and nothing else of what it did', () => {
    const loaded = load(w =>
      hook(
        'on_request',
        `(call $log (i32.const 2) ${w.text('so far')})
         (call $evidence_i64 ${w.text('k')} (i64.const 1))
         (drop (call $state_set ${w.text('s')}))
         (drop (call $header_set ${w.text('x-a')} ${w.text('b')}))
         (i32.const 7)`,
      ),
    );
    expect(loaded.run(scene())).toMatchObject({
      result: 'failed',
      logs: [{ level: 2, text: 'so far' }],
      evidence: [],
      state: null,
      headers: null,
    });
  });

  it.each([
    ['unreachable', '(unreachable)', 'unreachable'],
    ['a division by zero', '(i32.div_u (i32.const 1) (i32.const 0))', 'divide by zero'],
    ['a read outside memory', '(i32.load (i32.const -4))', 'memory access out of bounds'],
  ])('by %s traps with the engine’s words', (_, body, words) => {
    const outcome = load(hook('on_request', body)).run(scene());
    expect(outcome).toMatchObject({ result: 'failed', failure: 'trap', detail: words });
    expect(outcome.fuel).toBeGreaterThan(0);
    expect(outcome.fuel).toBeLessThan(100);
  });

  it('by endless recursion traps, and the stack is whole again', () => {
    const loaded = load(
      `(func $f (result i32) (i32.add (call $f) (i32.const 1))) ${hook('on_request', '(call $f)')}`,
      { fuel: 1e12 },
    );
    for (let i = 0; i < 3; i++) {
      expect(loaded.run(scene())).toMatchObject({ failure: 'trap', detail: 'the call stack is exhausted' });
    }
  });

  it('by an exception of its own traps', () => {
    const loaded = load(`(tag $e) ${hook('on_request', '(throw $e)')}`);
    expect(loaded.run(scene())).toMatchObject({
      failure: 'trap',
      detail: 'the guest threw an exception that nobody caught',
    });
  });

  it('by an endless loop has used all its fuel', () => {
    const loaded = load(hook('on_request', '(loop $l (br $l)) (i32.const 0)'));
    expect(loaded.run(scene())).toMatchObject({
      failure: 'fuel',
      fuel: FUEL_DEFAULT,
      detail: 'all 10000000 units of fuel were used',
    });
  });

  it('is followed by a fresh instance', () => {
    // Fails at each second call of an instance that remembers: a fresh one has not been called.
    const loaded = load(
      `(global $n (mut i32) (i32.const 0))
       ${hook('on_request', '(global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.ge_u (global.get $n) (i32.const 2)) (if (then unreachable)) (i32.const 0)')}`,
      { reset: 'never' },
    );
    const results = Array.from({ length: 6 }, () => loaded.run(scene()).result);
    expect(results).toEqual(['go_on', 'failed', 'go_on', 'failed', 'go_on', 'failed']);
  });
});

describe('an instance', () => {
  it('that has failed is dead and must not be called', () => {
    const instance = PluginInstance.create(prepare(hook('on_request', '(unreachable)')), host());
    expect(instance.call(scene()).result).toBe('failed');
    expect(instance.dead).toBe(true);
    expect(() => instance.call(scene())).toThrow('a dead instance was called');
  });

  it('is not entered a second time while its hook runs', () => {
    const instance = PluginInstance.create(
      prepare(hook('on_request', '(drop (call $field_i64 (i32.const 32))) (i32.const 0)')),
      host(),
    );
    const entered: unknown[] = [];
    const within = scene({
      integer: () => {
        try {
          instance.call(scene());
        } catch (thrown) {
          entered.push(thrown);
        }
        return 1;
      },
    });
    expect(instance.call(within).result).toBe('go_on');
    expect(String(entered[0])).toContain('from within its own hook');
  });

  it('that a scene’s bug has left is thrown away, and the bug comes out', () => {
    const loaded = load(
      `(tag $e) ${hook('on_request', '(try (do (drop (call $field_i64 (i32.const 32)))) (catch_all)) (i32.const 0)')}`,
    );
    const broken = scene({
      integer: () => {
        throw new TypeError('a bug of the host');
      },
    });
    expect(() => loaded.run(broken)).toThrow('a bug of the host');
    expect(loaded.run(scene()).result).toBe('go_on');
  });
});

describe('a module that cannot be configured', () => {
  const CASES: [string, string, RegExp][] = [
    ['returns 1', hook('configure', '(i32.const 1)'), /^configure returned 1$/],
    ['traps', hook('configure', '(unreachable)'), /^configure failed \(trap\): unreachable$/],
    [
      'loops',
      hook('configure', '(loop $l (br $l)) (i32.const 0)'),
      /^configure failed \(fuel\): all .* units/,
    ],
    [
      'asks beyond its memory',
      hook('configure', '(drop (call $config_read (i32.const -1) (i32.const 4))) (i32.const 0)'),
      /^configure failed \(bad_pointer\): config_read was given pointer 4294967295/,
    ],
    [
      'traps in _initialize',
      '(func (export "_initialize") unreachable)',
      /^_initialize failed \(trap\): unreachable$/,
    ],
    ['traps in its start function', '(start $s) (func $s unreachable)', /^unreachable$/],
    ['loops in its start function', '(start $s) (func $s (loop $l (br $l)))', /^unreachable$/],
    [
      'aborts in its start function',
      '(start $s) (func $s (call $abort (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 7)))',
      /^abort: abort at \?:3:7$/,
    ],
    [
      'exits in its start function',
      '(start $s) (func $s (call $proc_exit (i32.const 0)))',
      /^the guest called proc_exit\(0\)$/,
    ],
  ];

  it.each(CASES)('because it %s is refused once, remembered, and every hook fails', (_, functions, words) => {
    const prepared = prepare(`${functions} ${hook('on_request', '(i32.const 0)')}`);
    expect(() => PluginInstance.create(prepared, host())).toThrow(PluginFailure);
    const loaded = new LoadedPlugin(prepared, host());
    for (let i = 0; i < 2; i++) {
      const outcome = loaded.run(scene());
      expect(outcome).toMatchObject({ result: 'failed', failure: 'instantiate' });
      expect(outcome.detail).toMatch(words);
    }
  });

  it('says what it logged about it', () => {
    const prepared = prepare(
      w => `${hook('configure', `(call $log (i32.const 3) ${w.text('config.x is not known')}) (call $log (i32.const 3) ${w.text('y'.repeat(600))}) (i32.const 1)`)}
            ${hook('on_request', '(i32.const 0)')}`,
    );
    const { detail } = new LoadedPlugin(prepared, host()).run(scene());
    expect(detail).toMatch(/^configure returned 1: config.x is not known; y+$/);
    expect(detail).toHaveLength(512);
  });

  it('is tried only once', () => {
    const counters = host().counters;
    let read = 0;
    const prepared = prepare(
      w => `${hook('configure', `(drop (call $lookup ${w.text('t')} ${w.text('k')} (i32.const 0) (i32.const 0))) (i32.const 1)`)}
            ${hook('on_request', '(i32.const 0)')}`,
      {
        rows: {
          t: new (class extends Map<string, string> {
            override get(key: string): string | undefined {
              read++;
              return super.get(key);
            }
          })(),
        },
      },
    );
    const loaded = new LoadedPlugin(prepared, host({ counters }));
    for (let i = 0; i < 5; i++) loaded.run(scene());
    expect(read).toBe(1);
  });
});

describe('a loaded plugin', () => {
  it('wants the hooks that the module exports', () => {
    const loaded = load(`${hook('on_request', '(i32.const 0)')} (func (export "on_end"))`);
    expect(
      ['on_request', 'on_response', 'on_event', 'on_end'].filter(name => loaded.wants(name as HookName)),
    ).toEqual(['on_request', 'on_end']);
  });

  it('needs messages or the body where it imports their functions', () => {
    const plain = load(hook('on_request', '(i32.const 0)'));
    const messages = load(hook('on_request', '(call $message_count)'));
    const body = load(hook('on_request', '(call $body_read (i32.const 0) (i32.const 0) (i32.const 0))'));
    expect([plain, messages, body].map(one => [one.needsMessages, one.needsBody])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });

  it('is gone once retired', () => {
    const loaded = load(hook('on_request', '(i32.const 0)'));
    expect(loaded.run(scene()).result).toBe('go_on');
    loaded.retire();
    expect(loaded.run(scene())).toMatchObject({ result: 'failed', failure: 'version_gone', fuel: 0 });
  });

  it('keeps what configure logged', () => {
    const loaded = load(
      w => `${hook('configure', `(call $log (i32.const 1) ${w.text('ready')}) (i32.const 0)`)}
            ${hook('on_request', '(i32.const 0)')}`,
    );
    expect(loaded.configureLogs).toEqual([]);
    expect(loaded.run(scene()).logs).toEqual([]);
    expect(loaded.configureLogs).toEqual([{ level: 1, text: 'ready' }]);
  });
});
