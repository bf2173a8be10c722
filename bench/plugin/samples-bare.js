// A policy's own code under the barest host: imports answer from values that lie ready, nothing is checked, kept or put back. What metering costs
// is the difference between the module as the rewriter leaves it and as the compiler did. A fresh instance every few calls, not counted, because a
// guest's allocator frees nothing and only the real host puts it back.

import { ABSENT_I64, INTEGER_FIELDS, STRING_FIELDS } from '../../dist/plugin/abi.js';
import { REFUEL_EXPORT } from '../../dist/plugin/wasm/exports.js';
import { Instance } from '../../dist/plugin/wasm-api.js';

const CALLS_PER_INSTANCE = 8;
const nameOf = table => Object.fromEntries(Object.entries(table).map(([name, id]) => [id, name]));
const stringFields = nameOf(STRING_FIELDS);
const integerFields = nameOf(INTEGER_FIELDS);

function importsOf(sample, scene, guest) {
  const encoded = Object.fromEntries(
    Object.entries(sample.texts).map(([name, text]) => [name, Buffer.from(text)]),
  );
  const put = (bytes, ptr, cap) => {
    if (bytes === null || bytes === undefined) return -1;
    guest.bytes().set(cap < bytes.length ? bytes.subarray(0, cap) : bytes, ptr);
    return bytes.length;
  };
  const { messages } = scene;
  const roles = Array.from({ length: Math.max(messages.count, 0) }, (_, i) => Buffer.from(messages.role(i)));
  const config = Buffer.from(JSON.stringify(sample.config));
  const nothing = () => {};
  const done = () => 0;
  const weir = {
    field_i64: id => BigInt(sample.integers[integerFields[id]] ?? ABSENT_I64),
    field_str: (id, ptr, cap) => put(encoded[stringFields[id]], ptr, cap),
    message_count: () => messages.count,
    message_role: (i, ptr, cap) => put(roles[i], ptr, cap),
    message_text: (i, ptr, cap) => put(messages.text(i), ptr, cap),
    body_read: (_offset, ptr, cap) => put(scene.body, ptr, cap),
    event_text: (ptr, cap) => put(scene.eventText, ptr, cap),
    config_read: (ptr, cap) => put(config, ptr, cap),
    counter_add: () => 1n,
    count_tokens: () => 10n,
    now_ms: () => 1_760_000_000_000n,
    random_i64: () => 1n,
    state_get: done,
    header_get: () => -1,
    tag_get: () => -1,
    lookup: () => -1,
    ...Object.fromEntries(
      ['deny', 'evidence_i64', 'evidence_str', 'tag', 'log'].map(name => [name, nothing]),
    ),
    ...Object.fromEntries(
      [
        'message_set_text',
        'body_replace',
        'event_replace',
        'held_append',
        'set_model',
        'set_target',
        'state_set',
      ].map(name => [name, done]),
    ),
  };
  const abort = () => {
    throw new Error(`${sample.title} aborted`);
  };
  return { weir, env: { abort } };
}

function freshHook(module, sample, scene) {
  const guest = { bytes: () => new Uint8Array() };
  const { exports } = new Instance(module, importsOf(sample, scene, guest));
  guest.bytes = () => new Uint8Array(exports.memory.buffer);
  exports[REFUEL_EXPORT]?.(1e15);
  if (exports.configure?.() !== 0) throw new Error(`${sample.title} is not configured`);
  return exports[sample.hook];
}

/** µs a call of some calls of one instance. */
function batch(module, sample, scene) {
  const hook = freshHook(module, sample, scene);
  const begin = performance.now();
  for (let i = 0; i < CALLS_PER_INSTANCE; i++) hook();
  return ((performance.now() - begin) * 1000) / CALLS_PER_INSTANCE;
}

/** Medians over batches in turns, after half the time that does not count. */
export function bareMicros({ metered, plain }, sample, scene, millis) {
  const samples = { metered: [], plain: [] };
  const begin = performance.now();
  while (performance.now() < begin + millis * 3) {
    const counts = performance.now() > begin + millis;
    const one = batch(metered, sample, scene);
    const other = batch(plain, sample, scene);
    if (!counts) continue;
    samples.metered.push(one);
    samples.plain.push(other);
  }
  const median = of => of.sort((a, b) => a - b)[of.length >> 1];
  return { meteredMicros: median(samples.metered), plainMicros: median(samples.plain) };
}
