// A scene as it travels to the compute pool: what the module's imports can ask for, and nothing else. A hook gives the same outcome over it as over the
// scene itself, fuel included.
import assert from 'node:assert';
import {
  type EventKind,
  type HookName,
  INTEGER_FIELDS,
  type IntegerField,
  STRING_FIELDS,
  type StringField,
} from './abi.js';
import type { HeldPlace, HookScene, MessageView } from './hook.js';
import type { LoadedPlugin } from './loaded.js';
import { ConversationView, type ViewData } from './view/conversation-view.js';

type Pairs = readonly (readonly [string, string])[];

/** Can be cloned between threads; the body is in it once. */
export interface SceneData {
  readonly hook: HookName;
  readonly integers: ReadonlyMap<IntegerField, number>;
  readonly texts: ReadonlyMap<StringField, string>;
  /** Of a conversation that cannot be seen, or is not asked for, only count, bytes and opaque parts. */
  readonly messages: ViewData;
  /** null where the hook has none. */
  readonly headers: Pairs | null;
  readonly tags: Pairs;
  readonly body: Uint8Array | null;
  readonly eventText: Uint8Array | null;
  readonly eventKind: EventKind | null;
  readonly held: readonly HeldPlace[];
  readonly state: Uint8Array;
  readonly evidenceCount: number;
  readonly nowMs: number;
  readonly targetNames: ReadonlySet<string>;
  /** Of the tags that the policy may set, those that the caller has already. */
  readonly consumerTags: readonly string[];
}

const NO_BYTES = new Uint8Array(0);
const NO_NAMES: ReadonlySet<string> = new Set();
const INTEGERS = Object.keys(INTEGER_FIELDS) as IntegerField[];
const STRINGS = Object.keys(STRING_FIELDS) as StringField[];
/** These seed random numbers and choose the tokenizer; both are wanted without a field being asked for. */
const ALWAYS_INTEGERS: readonly IntegerField[] = ['event_index'];
const ALWAYS_STRINGS: readonly StringField[] = ['request_id', 'model'];

export function captureScene(scene: HookScene, loaded: LoadedPlugin): SceneData {
  const { facts, settings } = loaded.prepared;
  const asks = (name: string): boolean => facts.imports.includes(name);
  const body = loaded.needsBody && scene.body !== null ? compact(scene.body) : null;
  return {
    hook: scene.hook,
    integers: present(asks('field_i64') ? INTEGERS : ALWAYS_INTEGERS, name => scene.integer(name)),
    texts: present(asks('field_str') ? STRINGS : ALWAYS_STRINGS, name => scene.text(name)),
    messages: loaded.needsMessages ? viewData(scene, body) : NO_MESSAGES,
    headers: scene.hasHeaders ? (asks('header_get') ? scene.headers() : []) : null,
    tags: asks('tag_get') ? scene.tags() : [],
    body,
    eventText: scene.eventText === null ? null : compact(scene.eventText),
    eventKind: scene.eventKind,
    held: asks('held_append') ? scene.held.map(({ kind, choice }) => ({ kind, choice })) : [],
    state: compact(scene.state),
    evidenceCount: scene.evidenceCount,
    nowMs: scene.nowMs,
    targetNames: asks('set_target') ? scene.targetNames : NO_NAMES,
    consumerTags: asks('tag') ? settings.tags.filter(tag => scene.consumerHasTag(tag)) : [],
  };
}

export class DataScene implements HookScene {
  readonly hook: HookName;
  readonly messages: MessageView;
  readonly hasHeaders: boolean;
  readonly body: Uint8Array | null;
  readonly eventText: Uint8Array | null;
  readonly eventKind: EventKind | null;
  readonly held: readonly HeldPlace[];
  readonly state: Uint8Array;
  readonly evidenceCount: number;
  readonly nowMs: number;
  readonly targetNames: ReadonlySet<string>;
  readonly #data: SceneData;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #tags: ReadonlyMap<string, string>;

  constructor(data: SceneData) {
    this.#data = data;
    this.#headers = new Map(data.headers ?? []);
    this.#tags = new Map(data.tags);
    this.hook = data.hook;
    this.messages = ConversationView.from(data.messages);
    this.hasHeaders = data.headers !== null;
    this.body = data.body;
    this.eventText = data.eventText;
    this.eventKind = data.eventKind;
    this.held = data.held;
    this.state = data.state;
    this.evidenceCount = data.evidenceCount;
    this.nowMs = data.nowMs;
    this.targetNames = data.targetNames;
  }

  integer(field: IntegerField): number | null {
    return this.#data.integers.get(field) ?? null;
  }

  text(field: StringField): string | null {
    return this.#data.texts.get(field) ?? null;
  }

  header(name: string): string | null {
    return this.#headers.get(name) ?? null;
  }

  headers(): Pairs {
    return this.#data.headers ?? [];
  }

  tag(name: string): string | null {
    return this.#tags.get(name) ?? null;
  }

  tags(): Pairs {
    return this.#data.tags;
  }

  targetAllowed(name: string): boolean {
    return this.targetNames.has(name);
  }

  consumerHasTag(name: string): boolean {
    return this.#data.consumerTags.includes(name);
  }
}

const NO_MESSAGES: ViewData = Object.freeze({
  body: NO_BYTES,
  parts: new Int32Array(0),
  count: 0,
  bytes: 0,
  opaqueParts: 0,
});

/** `body`: the scene's as it is sent anyway; null where it is not. */
function viewData(scene: HookScene, body: Uint8Array | null): ViewData {
  const { messages } = scene;
  if (messages instanceof ConversationView) {
    const data = messages.data();
    const isScenes = body !== null && data.body === scene.body;
    return { ...data, body: isScenes ? body : compact(data.body) };
  }
  assert(messages.count <= 0, 'a conversation that is no ConversationView cannot be sent');
  const { count, bytes, opaqueParts } = messages;
  return { ...NO_MESSAGES, count, bytes, opaqueParts };
}

/** A clone brings all of the memory that an array is a part of: what is a small part of it is copied. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.length * 2 >= bytes.buffer.byteLength ? bytes : Uint8Array.prototype.slice.call(bytes);
}

function present<F, V>(fields: readonly F[], of: (field: F) => V | null): ReadonlyMap<F, V> {
  const values = new Map<F, V>();
  for (const field of fields) {
    const value = of(field);
    if (value !== null) values.set(field, value);
  }
  return values;
}
