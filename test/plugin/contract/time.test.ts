// What an import costs the host goes by what it charges: nothing large is done anew in every call of a hook (CONTRACT.md §5.4).
import { describe, expect, it, vi } from 'vitest';
import type { Exchange } from '../../../src/pipeline/exchange.js';
import { ExchangeScene } from '../../../src/pipeline/plugins/exchange-scene.js';
import type { RequestPlugin, RequestPlugins } from '../../../src/pipeline/plugins/request-plugins.js';
import type { HookScene } from '../../../src/plugin/hook.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { hook, prepare, type Wat } from '../support/guest.js';
import { eventScene, host, scene } from '../support/scene.js';

const NOTHING = '(i32.const 0) (i32.const 0)';
const TIMES = 200;
const LONG = 'm'.repeat(50_000);

/** How often a text of that length was made into bytes. */
function encodings(
  code: (w: Wat) => string,
  over: HookScene,
  settings: Parameters<typeof prepare>[1] = {},
): number {
  const loaded = new LoadedPlugin(
    prepare(w => hook(over.hook, `${code(w)} (i32.const 0)`), settings),
    host(),
  );
  loaded.run(scene({ hook: over.hook, texts: { request_id: 'before' } }));
  const from = vi.spyOn(Buffer, 'from');
  try {
    expect(loaded.run(over).result).toBe('go_on');
    return from.mock.calls.filter(([value]) => typeof value === 'string' && value.length >= LONG.length)
      .length;
  } finally {
    from.mockRestore();
  }
}

const again = (call: string): string => `(drop ${call})`.repeat(TIMES);

describe('a long text that a hook asks for again and again becomes bytes once', () => {
  const chat = { messages: [{ role: 'user', content: 'hi' }] };

  it('a field', () => {
    const over = scene({ texts: { model: LONG } });
    expect(encodings(() => again(`(call $field_str (i32.const 3) ${NOTHING})`), over)).toBe(1);
  });

  it('a message that it has set', () => {
    const code = (w: Wat) =>
      `(drop (call $message_set_text (i32.const 0) ${w.text(LONG)})) ${again(`(call $message_text (i32.const 0) ${NOTHING})`)}`;
    expect(encodings(code, scene({ chat }))).toBe(1);
  });

  it('a piece that it has replaced', () => {
    const code = (w: Wat) =>
      `(drop (call $event_replace ${w.text(LONG)})) ${again(`(call $event_text ${NOTHING})`)}`;
    expect(encodings(code, eventScene('hi'))).toBe(1);
  });

  it('and anew in the next hook', () => {
    const loaded = new LoadedPlugin(
      prepare(w =>
        hook(
          'on_request',
          `(drop (call $field_str (i32.const 3) (i32.const 0) (i32.const 8))) (call $log (i32.const 1) (i32.const 0) (i32.const 8)) (i32.const 0) ${w.text('x').slice(0, 0)}`,
        ),
      ),
      host(),
    );
    const said = (model: string) => loaded.run(scene({ texts: { model } })).logs[0]?.text;
    expect([said(`a${LONG}`), said(`b${LONG}`)]).toEqual(['ammmmmmm', 'bmmmmmmm']);
  });
});

describe('a long row of a table', () => {
  it('is paid for as a scan, also where only its length is asked for', () => {
    const fuel = (row: string, capacity: number) =>
      new LoadedPlugin(
        prepare(
          w =>
            hook(
              'on_request',
              `(drop (call $lookup ${w.text('t')} ${w.text('k')} (i32.const 0) (i32.const ${capacity}))) (i32.const 0)`,
            ),
          { rows: { t: new Map([['k', row]]) } },
        ),
        host(),
      ).run(scene()).fuel;
    const none = fuel('', 0);
    expect(fuel('r'.repeat(1024), 0)).toBe(none);
    expect(fuel('r'.repeat(5000), 0)).toBe(none + 4 * 5000);
    expect(fuel('r'.repeat(5000), 3000)).toBe(none + 4 * 5000);
  });
});

describe('headers of a request', () => {
  it('are searched for credentials once a hook', () => {
    let searches = 0;
    const exchange = {
      head: { forward: ['x-a', 'one', 'x-b', 'two'] },
      caller: null,
      thread: { clock: { wallMs: () => 0 } },
      runtime: {
        get secrets() {
          searches++;
          return ['a-secret-of-ours'];
        },
      },
    } as unknown as Exchange;
    const over = new ExchangeScene(exchange, {} as RequestPlugins, {} as RequestPlugin, 'on_request');
    for (let i = 0; i < TIMES; i++)
      expect([over.header('x-b'), over.header(`x-${i}`)]).toEqual(['two', null]);
    expect(searches).toBe(2);
  });
});
