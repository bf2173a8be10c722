// A hook that runs in the compute pool: the same outcome over the captured scene as over the scene itself, fuel included.
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import type { HookScene } from '../../src/plugin/hook.js';
import { LoadedPlugin } from '../../src/plugin/loaded.js';
import { captureScene, DataScene, type SceneData } from '../../src/plugin/scene-data.js';
import { hook, prepare, type Wat } from './support/guest.js';
import { eventScene, host, scene } from './support/scene.js';

type Changes = Parameters<typeof prepare>[1];

/** As another thread gets it. */
function sent<T>(message: T): T {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(message);
  const received = receiveMessageOnPort(port2)?.message as T;
  port1.close();
  return received;
}

const CHAT = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'rules "quoted"' },
    { role: 'user', content: 'hello' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
  ],
};
const FACTS = {
  chat: CHAT,
  texts: { model: 'gpt-4o', consumer: 'team-a', request_id: 'r1', api: 'openai.chat' },
  integers: { input_tokens: 12, stream: 1, event_index: 4 },
  headerList: { 'user-agent': 'curl', accept: '*/*' },
  tagList: { tier: 'gold' },
  targets: ['openai', 'local/llama'],
  consumerTags: ['tier'],
  state: Buffer.from('kept before'),
  evidenceCount: 14,
};
const at = '(i32.const 16) (i32.const 100)';
/** Puts results side by side where state_set takes them from in the end. */
class Kept {
  #at = 1000;

  i32(call: string): string {
    return this.i64(`(i64.extend_i32_s ${call})`);
  }

  i64(call: string): string {
    const at = this.#at;
    this.#at += 8;
    return `(i64.store (i32.const ${at}) ${call})`;
  }
}

function reads(w: Wat): string {
  const kept = new Kept();
  return [
    kept.i32(`(call $field_str (i32.const 3) ${at})`),
    kept.i32(`(call $field_str (i32.const 4) ${at})`),
    kept.i64('(call $field_i64 (i32.const 33))'),
    kept.i64('(call $field_i64 (i32.const 34))'),
    kept.i32('(call $message_count)'),
    kept.i32(`(call $message_role (i32.const 2) ${at})`),
    kept.i32(`(call $message_text (i32.const 0) ${at})`),
    kept.i32(`(call $message_set_text (i32.const 1) ${w.text('other')})`),
    kept.i32(`(call $message_set_text (i32.const 2) ${w.text('no json, but a string')})`),
    kept.i32(`(call $header_get ${w.text('accept')} ${at})`),
    kept.i32(`(call $header_get ${w.text('x-none')} ${at})`),
    kept.i32(`(call $body_query ${w.text('/messages/1/content')} ${at})`),
    kept.i32(`(call $body_read (i32.const 5) ${at})`),
    kept.i32(`(call $set_target ${w.text('local/llama')})`),
    kept.i32(`(call $set_target ${w.text('nowhere')})`),
    kept.i32(`(call $set_model ${w.text('gpt-4o-mini')})`),
    kept.i32(`(call $state_get ${at})`),
    kept.i32(`(call $tag_get ${w.text('tier')} ${at})`),
    kept.i32(`(call $event_text ${at})`),
    kept.i32(`(call $held_append (i32.const 0) (i32.const 1) ${w.text('tail')})`),
    kept.i64('(call $now_ms)'),
    kept.i64('(call $random_i64)'),
    `(call $tag ${w.text('tier')} ${w.text('mine')})`,
    `(call $tag ${w.text('risk')} ${w.text('high')})`,
    ...['a', 'b', 'c'].map(key => `(call $evidence_i64 ${w.text(key)} (i64.const 1))`),
    '(drop (call $state_set (i32.const 0) (i32.const 1400)))',
  ].join('');
}

function both(functions: string | ((w: Wat) => string), over: HookScene, changes: Changes = {}) {
  const loaded = new LoadedPlugin(prepare(functions, changes), host());
  const data = sent(captureScene(over, loaded));
  const there = new DataScene(data);
  return {
    here: loaded.run(over),
    there: loaded.run(there),
    data,
    fuel: [loaded.fuelFor(over), loaded.fuelFor(there)],
  };
}

describe('a captured scene', () => {
  const settings = { tags: ['tier', 'risk'] };
  const SCENES: [string, HookScene][] = [
    ['on_request', scene(FACTS)],
    ['on_response', scene({ ...FACTS, hook: 'on_response' })],
    ['on_event', eventScene('a piece', { ...FACTS, held: [{ kind: 'text', choice: 1 }] })],
    ['on_request of nothing', scene()],
  ];

  it.each(SCENES)('gives every import of %s the same answer', (_, over) => {
    const { here, there, fuel } = both(w => hook(over.hook, `${reads(w)} (i32.const 1)`), over, settings);
    expect(here.detail).toBe(null);
    expect(sent(there)).toEqual(sent(here));
    expect(fuel[0]).toBe(fuel[1]);
  });

  it('takes along where text is held, and nothing of what is', () => {
    const held = [{ kind: 'text', choice: 1, last: Buffer.alloc(1 << 20) } as const];
    const { data } = both(w => hook('on_event', `${reads(w)} (i32.const 0)`), eventScene('a', { held }));
    expect(data.held).toEqual([{ kind: 'text', choice: 1 }]);
  });

  it('gives the same hook in on_end', () => {
    const over = scene({ ...FACTS, hook: 'on_end', hasHeaders: false });
    const { here, there } = both(w => `(func (export "on_end") ${reads(w)})`, over, settings);
    expect(sent(there)).toEqual(sent(here));
  });

  it('says of a conversation that cannot be seen what the scene says', () => {
    const unseen = scene({
      messages: {
        ...scene().messages,
        count: -1,
        bytes: 0,
        opaqueParts: 2,
        role: () => '',
        text: () => Buffer.alloc(0),
        accepts: () => false,
      },
    });
    const { here, there } = both(
      hook(
        'on_request',
        `${new Kept().i32('(call $message_count)')} (drop (call $state_set (i32.const 1000) (i32.const 400))) (i32.const 0)`,
      ),
      unseen,
    );
    expect(sent(there)).toEqual(sent(here));
  });
});

describe('capturing', () => {
  const captured = (functions: string, over = scene(FACTS)): SceneData =>
    captureScene(over, new LoadedPlugin(prepare(functions), host()));

  it('takes only what the module’s imports can ask for', () => {
    const data = captured(hook('on_request', '(i32.const 0)'));
    expect(data).toMatchObject({ body: null, headers: [], tags: [], consumerTags: [] });
    expect(data.messages.body).toHaveLength(0);
    expect(data.targetNames.size).toBe(0);
    expect([...data.texts.keys()]).toEqual(['request_id', 'model']);
  });

  it('asks the scene for nothing else', () => {
    const asked: string[] = [];
    const watched = new Proxy(scene(FACTS), {
      get(target, name, receiver) {
        asked.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
    captured(hook('on_request', '(i32.const 0)'), watched);
    for (const name of ['messages', 'body', 'headers', 'tags', 'targetNames', 'consumerHasTag'])
      expect(asked).not.toContain(name);
  });

  it('sends the body once, though messages stand in it', () => {
    const body = new Uint8Array(Buffer.from(JSON.stringify(CHAT)));
    const functions = hook(
      'on_request',
      '(drop (call $body_read (i32.const 0) (i32.const 0) (i32.const 0))) (call $message_count)',
    );
    const over = scene(FACTS);
    const data = sent(captured(functions, over));
    expect(Buffer.from(data.body ?? []).equals(body)).toBe(true);
    expect(data.messages.body).toBe(data.body);
  });

  it('does not send the memory that a small array is a part of', () => {
    const pool = Buffer.from(new ArrayBuffer(1024 * 1024));
    const state = pool.subarray(100, 200);
    const data = captured(hook('on_request', '(i32.const 0)'), scene({ state }));
    expect(data.state).toHaveLength(100);
    expect(data.state.buffer.byteLength).toBeLessThan(10_000);
  });

  it('unescapes nothing', () => {
    const over = scene(FACTS);
    const text = vi.spyOn(over.messages, 'text');
    captured(hook('on_request', '(call $message_count)'), over);
    expect(text).not.toHaveBeenCalled();
  });
});
