// What imports cost, and that a guest whose fuel is over gets nothing more done, whatever it catches (CONTRACT.md §5.4, 5.9).
import { describe, expect, it } from 'vitest';
import {
  COUNT_TOKENS_FUEL_PER_BYTE,
  FUEL_DEFAULT,
  FUEL_EVENT_SHARE,
  FUEL_PER_BYTE_DEFAULT,
  IMPORT_FUEL,
  IMPORT_FUEL_PER_BYTE,
  INLINE_VIEW_BYTES_MAX,
} from '../../src/core/plugin-bounds.js';
import { ABSENT_I64, IMPORTS, type ImportName } from '../../src/plugin/abi.js';
import type { HookScene } from '../../src/plugin/hook.js';
import { LoadedPlugin } from '../../src/plugin/loaded.js';
import { hook, prepare, type Wat } from './support/guest.js';
import { eventScene, host, scene } from './support/scene.js';

type Changes = Parameters<typeof prepare>[1];
const load = (functions: string | ((w: Wat) => string), changes: Changes = {}) =>
  new LoadedPlugin(prepare(functions, changes), host());

const CHAT = { messages: [{ role: 'user', content: 'x'.repeat(1000) }] };
const BODY_BYTES = JSON.stringify(CHAT).length;
const REQUEST = scene({
  chat: CHAT,
  texts: { model: 'gpt-4o' },
  headerList: { 'user-agent': 'curl/8' },
  tagList: { tier: 'gold' },
  targets: ['openai'],
  state: Buffer.from('before'),
});
const EVENT = eventScene('abc', { held: [{ kind: 'text', choice: 0 }] });
const OUT = '(i32.const 16)';

describe('an import costs 50 units and 4 for each byte that it copies or scans', () => {
  const CASES: [ImportName | string, (w: Wat) => string, number, HookScene?, Changes?][] = [
    ['field_i64', () => '(i32.const 32)', 0],
    ['field_str of 6 bytes', () => `(i32.const 3) ${OUT} (i32.const 64)`, 6],
    ['field_str cut at 2', () => `(i32.const 3) ${OUT} (i32.const 2)`, 2],
    ['field_str without room', () => `(i32.const 3) ${OUT} (i32.const 0)`, 0],
    ['field_str of what is absent', () => `(i32.const 4) ${OUT} (i32.const 64)`, 0],
    ['tag_get', w => `${w.text('tier')} ${OUT} (i32.const 64)`, 4 + 4],
    ['message_count', () => '', 0],
    ['message_role', () => `(i32.const 0) ${OUT} (i32.const 64)`, 4],
    ['message_text', () => `(i32.const 0) ${OUT} (i32.const 2000)`, 1000],
    ['message_text cut', () => `(i32.const 0) ${OUT} (i32.const 10)`, 10],
    ['message_set_text', w => `(i32.const 0) ${w.text('hello')}`, 5],
    ['header_get', w => `${w.text('user-agent')} ${OUT} (i32.const 64)`, 10 + 6],
    ['header_set', w => `${w.text('x-a')} ${w.text('value')}`, 3 + 5],
    ['header_remove', w => w.text('x-a'), 3],
    ['body_read', () => `(i32.const 10) ${OUT} (i32.const 20)`, 20],
    [
      'body_query, which scans all of it',
      w => `${w.text('/messages/0/role')} ${OUT} (i32.const 64)`,
      BODY_BYTES + 16 + 4,
    ],
    ['body_replace', w => w.text('{}'), 2],
    ['event_text', () => `${OUT} (i32.const 64)`, 3, EVENT],
    ['event_replace', w => w.text('12345'), 5, EVENT],
    ['held_append', w => `(i32.const 0) (i32.const 0) ${w.text('1234567')}`, 7, EVENT],
    ['set_model', w => w.text('gpt-4'), 5],
    ['set_target', w => w.text('openai'), 6],
    ['counter_add', w => `${w.text('key')} (i64.const 1) (i64.const 60000)`, 3 + 24],
    ['lookup', w => `${w.text('t')} ${w.text('key')} ${OUT} (i32.const 64)`, 1 + 3 + 3],
    ['deny', w => `(i32.const 403) ${w.text('code')} ${w.text('words')} (i32.const 0)`, 4 + 5],
    ['state_get', () => `${OUT} (i32.const 64)`, 6],
    ['state_set', () => `${OUT} (i32.const 100)`, 100],
    ['evidence_i64', w => `${w.text('key')} (i64.const 1)`, 3],
    ['evidence_str', w => `${w.text('key')} ${w.text('text')}`, 3 + 4],
    ['tag', w => `${w.text('risk')} ${w.text('high')}`, 4 + 4, REQUEST, { tags: ['risk'] }],
    ['log', w => `(i32.const 1) ${w.text('a line')}`, 6],
    ['config_read', () => `${OUT} (i32.const 64)`, 2],
    ['now_ms', () => '', 0],
    ['random_i64', () => '', 0],
    ['clock_time_get', () => `(i32.const 0) (i64.const 0) ${OUT}`, 8],
    ['random_get', () => `${OUT} (i32.const 9)`, 9],
    ['environ_sizes_get', () => `${OUT} ${OUT}`, 8],
    ['args_sizes_get', () => `${OUT} ${OUT}`, 8],
    ['environ_get', () => `${OUT} ${OUT}`, 0],
    ['args_get', () => `${OUT} ${OUT}`, 0],
    // One vector, four bytes, and the count.
    ['fd_write', () => '(i32.const 1) (i32.const 2000) (i32.const 1) (i32.const 0)', 8 + 4 + 4],
  ];

  /** Fuel of the hook with `times` such calls. */
  function fuelOf(
    what: string,
    args: (w: Wat) => string,
    times: number,
    over: HookScene,
    changes: Changes,
  ): number {
    const name = what.split(/[ ,]/)[0] ?? '';
    const loaded = load(
      w => {
        const call = `(call $${name} ${args(w)})`;
        const isVoid = name in IMPORTS && IMPORTS[name as ImportName].result === '';
        const vector =
          '(i32.store (i32.const 2000) (i32.const 4096)) (i32.store (i32.const 2004) (i32.const 4))';
        return hook(over.hook, `${vector} ${(isVoid ? call : `(drop ${call})`).repeat(times)} (i32.const 0)`);
      },
      { rows: { t: new Map([['key', 'row']]) }, ...changes },
    );
    const outcome = loaded.run(over);
    expect(outcome.detail).toBe(null);
    return outcome.fuel;
  }

  it.each(CASES)('%s', (what, args, bytes, over = REQUEST, changes = {}) => {
    // The instructions that make a call cost the same for each: what is left is the import's own price and a little.
    const each = fuelOf(what, args, 1, over, changes) - fuelOf(what, args, 0, over, changes);
    const price = IMPORT_FUEL + bytes * IMPORT_FUEL_PER_BYTE;
    expect(each).toBeGreaterThanOrEqual(price);
    expect(each).toBeLessThan(price + 24);
  });

  it('all of the ABI is in this list', () => {
    const listed = new Set(CASES.map(([what]) => what.split(/[ ,]/)[0]));
    const missing = Object.keys(IMPORTS).filter(name => !listed.has(name));
    expect(missing).toEqual(['count_tokens']);
  });

  it('count_tokens costs 64 a byte', () => {
    const fuel = (length: number) =>
      load(
        hook('on_request', `(drop (call $count_tokens (i32.const 0) (i32.const ${length}))) (i32.const 0)`),
      ).run(REQUEST).fuel;
    expect(fuel(1000) - fuel(0)).toBe(1000 * COUNT_TOKENS_FUEL_PER_BYTE);
    // Refused, so not counted.
    expect(fuel(65_536)).toBeGreaterThan(65_536 * COUNT_TOKENS_FUEL_PER_BYTE);
  });
});

describe('an import that costs more than is left', () => {
  it('does nothing, and the hook has failed', () => {
    const over = scene({ texts: { model: 'm'.repeat(1000) } });
    let asked = 0;
    const counting: HookScene = { ...over, integer: () => ++asked };
    const loaded = load(
      w =>
        hook(
          'on_request',
          `(call $evidence_i64 ${w.text('before')} (i64.const 1))
         (drop (call $field_str (i32.const 3) (i32.const 16) (i32.const 1000)))
         (drop (call $field_i64 (i32.const 32)))
         (call $log (i32.const 1) ${w.text('after')})
         (i32.const 0)`,
        ),
      { fuel: 2_000 },
    );
    expect(loaded.run(counting)).toMatchObject({
      result: 'failed',
      failure: 'fuel',
      fuel: 2_000,
      detail: 'field_str costs 4050 units of fuel, and fewer were left',
      logs: [],
    });
    expect(asked).toBe(0);
  });

  it('may cost just what is left', () => {
    const body = hook('on_request', '(drop (call $now_ms)) (i32.const 0)');
    const { fuel } = load(body).run(scene());
    expect(load(body, { fuel }).run(scene())).toMatchObject({ result: 'go_on', fuel });
    expect(load(body, { fuel: fuel - 1 }).run(scene())).toMatchObject({
      failure: 'fuel',
      fuel: fuel - 1,
      detail: 'now_ms costs 50 units of fuel, and fewer were left',
    });
  });
});

describe('a guest whose hook has failed', () => {
  const CALLS = 49_999;

  it('gets no work done by straight-line calls, however many', () => {
    let worked = 0;
    const over: HookScene = { ...scene(), integer: () => ++worked };
    const straight = '(drop (call $field_i64 (i32.const 32)))'.repeat(CALLS);
    const loaded = load(
      hook(
        'on_request',
        `(drop (call $field_str (i32.const 3) (i32.const -1) (i32.const 4))) ${straight} (i32.const 0)`,
      ),
      { fuel: 1e9 },
    );
    expect(loaded.run(over)).toMatchObject({ result: 'failed', failure: 'bad_pointer' });
    expect(worked).toBe(0);
  });

  it('is told refusals from then on', () => {
    const seen: number[] = [];
    const counters = {
      addWhole: (...values: unknown[]) => {
        seen.push(values[5] as number);
        return 0;
      },
    };
    const prepared = prepare(w =>
      hook(
        'on_request',
        `(local $x i64)
         (drop (call $counter_add ${w.text('k')} (i64.const 1) (i64.const 60000)))
         (drop (call $field_str (i32.const 3) (i32.const -1) (i32.const 4)))
         (local.set $x (call $field_i64 (i32.const 32)))
         (drop (call $counter_add ${w.text('k')} (local.get $x) (i64.const 60000)))
         (i32.const 0)`,
      ),
    );
    const on = { ...host(), counters: counters as never };
    expect(new LoadedPlugin(prepared, on).run(scene({ integers: { stream: 1 } })).failure).toBe(
      'bad_pointer',
    );
    expect(seen).toEqual([1]);
  });

  it('cannot live on by catch_all around everything', () => {
    const caught = (body: string, fuel = 100_000) =>
      load(
        `(func $work ${body})
         ${hook('on_request', '(try (do (call $work)) (catch_all)) (loop $l (try (do (call $work)) (catch_all)) (br $l)) (i32.const 0)')}`,
        { fuel },
      ).run(scene());
    expect(caught('(unreachable)')).toMatchObject({ result: 'failed', failure: 'trap' });
    expect(caught('(loop $l (br $l))')).toMatchObject({ failure: 'fuel', fuel: 100_000 });
    expect(caught('(drop (call $field_str (i32.const 3) (i32.const -1) (i32.const 4)))')).toMatchObject({
      failure: 'bad_pointer',
    });
    expect(caught('(call $proc_exit (i32.const 0))')).toMatchObject({ failure: 'trap' });
    expect(caught('(call $work)', 1e9)).toMatchObject({
      failure: 'trap',
      detail: 'the call stack is exhausted',
    });
  });

  it('has failed by what came first', () => {
    const loaded = load(
      hook(
        'on_request',
        `(drop (call $field_str (i32.const 3) (i32.const -1) (i32.const 4)))
         (call $proc_exit (i32.const 0)) (unreachable)`,
      ),
    );
    expect(loaded.run(scene())).toMatchObject({ failure: 'bad_pointer' });
  });

  it('cannot return a verdict', () => {
    for (const result of [0, 1]) {
      const loaded = load(w =>
        hook(
          'on_request',
          `(call $deny (i32.const 403) ${w.text('no')} ${w.text('')} (i32.const 0))
           (drop (call $field_str (i32.const 3) (i32.const -1) (i32.const 4))) (i32.const ${result})`,
        ),
      );
      expect(loaded.run(scene())).toMatchObject({ result: 'failed', failure: 'bad_pointer', denial: null });
    }
  });

  it('has used what it had used when it failed', () => {
    const after = '(drop (i32.const 1))'.repeat(1000);
    const fuel = (more: string) =>
      load(
        hook(
          'on_request',
          `(drop (call $field_str (i32.const 3) (i32.const -1) (i32.const 4))) (block ${more}) (loop) (i32.const 0)`,
        ),
      ).run(scene()).fuel;
    expect(fuel('')).toBeGreaterThan(IMPORT_FUEL);
    expect(fuel('')).toBeLessThan(IMPORT_FUEL + 50);
    // What it goes on with afterwards is charged at its entry, if at all.
    expect(fuel(after)).toBeLessThan(IMPORT_FUEL + 1100);
  });
});

describe('calls that end the stack within an import', () => {
  it('fail the hook, whatever the guest catches, and leave the host whole', () => {
    // Each level asks for the conversation's count before it goes deeper: somewhere an import meets the stack's end.
    const loaded = load(
      `(func $deep (drop (call $message_count)) (drop (call $field_i64 (i32.const 32))) (call $deep))
       ${hook('on_request', '(try (do (call $deep)) (catch_all)) (i32.const 0)')}`,
      { fuel: 1e12 },
    );
    for (let i = 0; i < 20; i++) {
      const outcome = loaded.run(REQUEST);
      if (outcome.result === 'failed')
        expect(outcome).toMatchObject({ failure: 'trap', detail: 'the call stack is exhausted' });
    }
    expect(REQUEST.messages.count).toBe(1);
  });
});

describe('a hook’s fuel', () => {
  const event = (text: string) => eventScene(text, { chat: CHAT });

  it('is the policy’s, and more for every byte of text that the module can see', () => {
    const plain = load(hook('on_request', '(i32.const 0)'));
    const messages = load(hook('on_request', '(call $message_count)'));
    const body = load(hook('on_request', '(call $body_read (i32.const 0) (i32.const 0) (i32.const 0))'));
    expect(plain.fuelFor(REQUEST)).toBe(FUEL_DEFAULT);
    expect(messages.fuelFor(REQUEST)).toBe(FUEL_DEFAULT + 1000 * FUEL_PER_BYTE_DEFAULT);
    expect(body.fuelFor(REQUEST)).toBe(FUEL_DEFAULT + BODY_BYTES * FUEL_PER_BYTE_DEFAULT);
  });

  it('is a twentieth for on_event, and more for every byte of the piece alone', () => {
    const messages = load(hook('on_event', '(call $message_count)'));
    expect(messages.fuelFor(event('12345'))).toBe(
      FUEL_DEFAULT / FUEL_EVENT_SHARE + 5 * FUEL_PER_BYTE_DEFAULT,
    );
  });

  it('is at most the default for on_end of an isolated plugin, which no deadline bounds', () => {
    const most = { fuel: 1e12, fuelPerByte: 1e6 };
    const end = scene({ hook: 'on_end', chat: CHAT });
    const fuelOf = (run: 'isolated' | 'inline', changes = most) =>
      load('(func (export "on_end") (drop (call $message_count)))', { ...changes, run }).fuelFor(end);
    expect(fuelOf('isolated')).toBe(FUEL_DEFAULT + 1000 * FUEL_PER_BYTE_DEFAULT);
    expect(fuelOf('isolated', { fuel: 5000, fuelPerByte: 3 })).toBe(8000);
    expect(fuelOf('inline')).toBe(1e12 + 1000 * 1e6);
  });

  it('is what the hook gets', () => {
    const loop = load(hook('on_request', '(drop (call $message_count)) (loop $l (br $l)) (i32.const 0)'));
    expect(loop.run(REQUEST)).toMatchObject({
      failure: 'fuel',
      fuel: FUEL_DEFAULT + 1000 * FUEL_PER_BYTE_DEFAULT,
    });
    const event = load(hook('on_event', '(loop $l (br $l)) (i32.const 0)'), { fuel: 100_000 });
    expect(event.run(eventScene('ab')).fuel).toBe(5_000 + 2 * FUEL_PER_BYTE_DEFAULT);
  });

  it('of configure goes by its configuration', () => {
    const prepared = prepare(
      `${hook('configure', '(loop $l (br $l)) (i32.const 0)')} ${hook('on_request', '(i32.const 0)')}`,
      {
        fuel: 1_000,
        configJson: '{"a":1}',
      },
    );
    expect(new LoadedPlugin(prepared, host()).run(scene()).detail).toBe(
      `configure failed (fuel): all ${1_000 + 7 * FUEL_PER_BYTE_DEFAULT} units of fuel were used`,
    );
  });
});

describe('a hook that can see more than the crossover', () => {
  const long = scene({
    chat: { messages: [{ role: 'user', content: 'x'.repeat(INLINE_VIEW_BYTES_MAX + 1) }] },
  });
  const just = scene({ chat: { messages: [{ role: 'user', content: 'x'.repeat(INLINE_VIEW_BYTES_MAX) }] } });
  const sees = (run: 'auto' | 'inline' | 'isolated') =>
    load(hook('on_request', '(call $message_count)'), { run });

  it('runs elsewhere under run: auto, and a shorter one here', () => {
    expect([sees('auto').inline(long), sees('auto').inline(just)]).toEqual([false, true]);
    expect(load(hook('on_request', '(i32.const 0)')).inline(long)).toBe(true);
  });

  it('runs elsewhere where its module begins with more memory than the caches hold', () => {
    const wide = (pages: number, run: 'auto' | 'inline') =>
      load(`(memory (export "memory") ${pages}) (func (export "on_request") (result i32) (i32.const 0))`, {
        run,
      }).inline(scene());
    expect([wide(16, 'auto'), wide(17, 'auto'), wide(17, 'inline')]).toEqual([true, false, true]);
  });

  it('runs elsewhere from then on where a hook has grown the memory so far, whether it ended well or not', () => {
    for (const ending of ['(i32.const 0)', '(unreachable)']) {
      const grows = load(
        `(memory (export "memory") 1) (func (export "on_request") (result i32) (drop (memory.grow (i32.const 16))) ${ending})`,
      );
      expect(grows.inline(scene())).toBe(true);
      grows.run(scene());
      expect(grows.inline(scene())).toBe(false);
    }
  });

  it('runs where inline and isolated say', () => {
    expect([sees('inline').inline(long), sees('isolated').inline(scene())]).toEqual([true, false]);
  });
});

describe('pointers and lengths', () => {
  const END = 65_536;
  const fails = (pointer: number, length: number, name = 'state_set') =>
    load(
      hook('on_request', `(drop (call $${name} (i32.const ${pointer}) (i32.const ${length}))) (i32.const 0)`),
    ).run(scene());

  it.each([
    [END, 1],
    [END - 1, 2],
    [END + 1, 0],
    [-1, 0],
    [-1, 1],
    [-1, 2],
    [0, -1],
    [1, -1],
    [-2147483648, -2147483648],
    [-1, -1],
    [16, -16],
  ])('%i and %i are refused as outside memory', (pointer, length) => {
    for (const name of [
      'state_set',
      'state_get',
      'config_read',
      'event_text',
      'event_replace',
      'body_replace',
      'set_model',
      'header_remove',
    ]) {
      expect(fails(pointer, length, name)).toMatchObject({
        failure: 'bad_pointer',
        detail: `${name} was given pointer ${pointer >>> 0} and length ${length >>> 0}; the memory has 65536 bytes`,
      });
    }
  });

  it('may be the end of memory for no bytes, and the last byte for one', () => {
    expect(fails(END, 0).result).toBe('go_on');
    expect(fails(END - 1, 1).result).toBe('go_on');
    expect(fails(END, 0, 'state_get').result).toBe('go_on');
  });

  it('are checked in every place of every import', () => {
    const places: [string, string[]][] = [
      ['field_str', ['(i32.const 3)', 'P', 'L']],
      ['tag_get', ['P', 'L', 'p', 'l']],
      ['message_role', ['(i32.const 0)', 'P', 'L']],
      ['message_text', ['(i32.const 0)', 'P', 'L']],
      ['message_set_text', ['(i32.const 0)', 'P', 'L']],
      ['header_get', ['P', 'L', 'p', 'l']],
      ['header_set', ['P', 'L', 'p', 'l']],
      ['body_read', ['(i32.const 0)', 'P', 'L']],
      ['body_query', ['P', 'L', 'p', 'l']],
      ['held_append', ['(i32.const 0)', '(i32.const 0)', 'P', 'L']],
      ['set_target', ['P', 'L']],
      ['counter_add', ['P', 'L', '(i64.const 1)', '(i64.const 60000)']],
      ['lookup', ['P', 'L', 'p', 'l', 'q', 'm']],
      ['deny', ['(i32.const 403)', 'P', 'L', 'p', 'l', '(i32.const 0)']],
      ['evidence_i64', ['P', 'L', '(i64.const 1)']],
      ['evidence_str', ['P', 'L', 'p', 'l']],
      ['tag', ['P', 'L', 'p', 'l']],
      ['log', ['(i32.const 1)', 'P', 'L']],
      ['count_tokens', ['P', 'L']],
      ['random_get', ['P', 'L']],
    ];
    for (const [name, args] of places) {
      for (const bad of ['P', 'p', 'q'].filter(place => args.includes(place))) {
        const values = args.map(arg =>
          arg === bad
            ? '(i32.const -1)'
            : /^[Ppq]$/.test(arg)
              ? '(i32.const 16)'
              : /^[Llm]$/.test(arg)
                ? '(i32.const 4)'
                : arg,
        );
        const isVoid = name in IMPORTS && IMPORTS[name as ImportName].result === '';
        const call = `(call $${name} ${values.join(' ')})`;
        const outcome = load(hook('on_request', `${isVoid ? call : `(drop ${call})`} (i32.const 0)`)).run(
          REQUEST,
        );
        expect([name, bad, outcome.failure]).toEqual([name, bad, 'bad_pointer']);
      }
    }
  });
});

describe('configure', () => {
  it('sees its configuration, log, tables and chance, and nothing of a request', () => {
    const i32 = (call: string, at: number) => `(i32.store (i32.const ${at}) ${call})`;
    const i64 = (call: string, at: number) => `(i64.store (i32.const ${at}) ${call})`;
    const loaded = load(
      w =>
        `${hook(
          'configure',
          [
            i32(`(call $config_read (i32.const 1000) (i32.const 9))`, 0),
            i32(`(call $lookup ${w.text('t')} ${w.text('k')} (i32.const 1000) (i32.const 9))`, 4),
            i32('(call $message_count)', 8),
            i32('(call $field_str (i32.const 3) (i32.const 1000) (i32.const 9))', 12),
            i32(`(call $header_get ${w.text('a')} (i32.const 1000) (i32.const 9))`, 16),
            i32(`(call $state_set ${w.text('a')})`, 20),
            i32(`(call $body_read (i32.const 0) (i32.const 1000) (i32.const 9))`, 24),
            i64('(call $field_i64 (i32.const 32))', 32),
            i64('(call $now_ms)', 40),
            i64(`(call $counter_add ${w.text('a')} (i64.const 1) (i64.const 60000))`, 48),
            i64(`(call $count_tokens ${w.text('a')})`, 56),
            i64('(call $random_i64)', 64),
            '(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 72)))',
            `(call $deny (i32.const 403) ${w.text('a')} ${w.text('b')} (i32.const 0))`,
            '(i32.const 0)',
          ].join(''),
        )} ${hook('on_request', '(drop (call $state_set (i32.const 0) (i32.const 80))) (i32.const 0)')}`,
      { rows: { t: new Map([['k', 'row']]) } },
    );
    const outcome = loaded.run(REQUEST);
    const seen = Buffer.from(outcome.state ?? []);
    const words = [0, 4, 8, 12, 16, 20, 24].map(at => seen.readInt32LE(at));
    expect(words).toEqual([2, 3, -2, -1, -2, -2, -2]);
    expect([32, 40, 48].map(at => seen.readBigInt64LE(at))).toEqual([ABSENT_I64, ABSENT_I64, ABSENT_I64]);
    expect(seen.readBigInt64LE(56)).toBe(-2n);
    expect(seen.readBigInt64LE(64)).not.toBe(0n);
    expect(seen.readBigInt64LE(72)).toBe(0n);
    expect(outcome.denial).toBe(null);
    // The same in each instance: what configure leaves may not differ.
    expect(Buffer.from(new LoadedPlugin(loaded.prepared, host()).run(REQUEST).state ?? [])).toEqual(seen);
  });
});
