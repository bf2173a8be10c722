// Scenes and hosts for tests: everything absent unless said otherwise.
import { ConversationKernel } from '../../../src/kernel/conversation.js';
import type { IntegerField, StringField } from '../../../src/plugin/abi.js';
import { CounterTable, createCounters } from '../../../src/plugin/counters.js';
import type { HookOutcome, HookScene } from '../../../src/plugin/hook.js';
import type { HostThread } from '../../../src/plugin/host-thread.js';
import { LoadedPlugin } from '../../../src/plugin/loaded.js';
import { NO_SCENE } from '../../../src/plugin/no-scene.js';
import { ConversationView } from '../../../src/plugin/view/conversation-view.js';
import { hook, prepare, type Wat } from './guest.js';

const kernel = ConversationKernel.load();
const MIB = 1024 * 1024;
export const NOW_MS = 1_760_000_000_000;

export function host(changes: Partial<HostThread> = {}): HostThread {
  return {
    counters: new CounterTable(createCounters()),
    tokens: null,
    scrub: text => text,
    holdsSecret: () => false,
    ...changes,
  };
}

interface Facts {
  readonly integers?: Partial<Record<IntegerField, number>>;
  readonly texts?: Partial<Record<StringField, string>>;
  /** Bodies of OpenAI chat: `messages` is a view of it. */
  readonly chat?: unknown;
  readonly headerList?: Readonly<Record<string, string>>;
  readonly tagList?: Readonly<Record<string, string>>;
  readonly targets?: readonly string[];
  readonly consumerTags?: readonly string[];
}

export function scene(changes: Facts & Partial<HookScene> = {}): HookScene {
  const {
    integers = {},
    texts = {},
    chat,
    headerList,
    tagList = {},
    targets = [],
    consumerTags = [],
    ...own
  } = changes;
  const body = chat === undefined ? null : Buffer.from(JSON.stringify(chat));
  return {
    ...NO_SCENE,
    integer: field => integers[field] ?? null,
    text: field => texts[field] ?? null,
    messages: ConversationView.open(kernel, 'openai.chat', body, false, MIB),
    body,
    hasHeaders: headerList !== undefined,
    header: name => headerList?.[name] ?? null,
    headers: () => Object.entries(headerList ?? {}),
    tag: name => tagList[name] ?? null,
    tags: () => Object.entries(tagList),
    nowMs: NOW_MS,
    targetAllowed: name => targets.includes(name),
    targetNames: new Set(targets),
    consumerHasTag: name => consumerTags.includes(name),
    ...own,
  };
}

/** An answer's piece. */
export function eventScene(text: string, changes: Facts & Partial<HookScene> = {}): HookScene {
  return scene({ hook: 'on_event', eventText: Buffer.from(text), eventKind: 'text', ...changes });
}

/** Where `observe` lets a guest write. */
export const OUT = 16;
const SEEN_BYTES = 2048;

export interface Observed {
  /** What the expression gave. */
  readonly value: bigint;
  /** The guest's memory from OUT on. */
  readonly bytes: Buffer;
  readonly outcome: HookOutcome;
}

/** Runs one expression of type i32 (or i64, `wide`) in the scene's hook. */
export function observe(
  expression: (w: Wat) => string,
  over: HookScene = scene(),
  options: {
    readonly settings?: Parameters<typeof prepare>[1];
    readonly host?: HostThread;
    readonly wide?: boolean;
  } = {},
): Observed {
  const loaded = new LoadedPlugin(
    prepare(w => {
      const value = options.wide === true ? expression(w) : `(i64.extend_i32_s ${expression(w)})`;
      const keep = `(drop (call $state_set (i32.const 0) (i32.const ${SEEN_BYTES})))`;
      return hook(over.hook, `(i64.store (i32.const 0) ${value}) ${keep} (i32.const 0)`);
    }, options.settings),
    options.host ?? host(),
  );
  const outcome = loaded.run(over);
  const seen = Buffer.from(outcome.state ?? Buffer.alloc(SEEN_BYTES));
  return { value: seen.readBigInt64LE(0), bytes: seen.subarray(OUT), outcome };
}
