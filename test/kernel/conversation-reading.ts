// What kernel conversation lists of a body, in the twin's form; and JSON written in every way that is allowed.
import { expect } from 'vitest';
import type { ApiName } from '../../src/core/api.js';
import type { Conversation, ConversationKernel } from '../../src/kernel/conversation.js';
import type { Json, Twin } from './conversation-twin.js';

/** The parts with their values, read from their bytes in the body. */
export function listed(found: Conversation) {
  const body = Buffer.from(found.body.buffer, found.body.byteOffset, found.body.byteLength);
  const parts = Array.from({ length: found.count }, (_, i) => {
    const raw = body.toString('utf8', found.start(i), found.end(i));
    if (found.isString(i)) expect([body[found.start(i) - 1], body[found.end(i)]]).toEqual([0x22, 0x22]);
    return {
      kind: found.kind(i),
      role: found.role(i),
      message: found.message(i),
      value: JSON.parse(found.isString(i) ? `"${raw}"` : raw) as Json,
      detail: found.detail(i),
    };
  });
  return { parts, messages: found.messages };
}

/** The same of the twin. */
export const twinListed = (twin: Twin) => ({ parts: twin.parts, messages: twin.messages });

export function readJson(kernel: ConversationKernel, api: ApiName, text: string) {
  const found = kernel.read(api, Buffer.from(text));
  return found === null ? null : { ...listed(found), complete: found.complete };
}

/** Numbers below `n` that repeat for a seed. */
export function random(seed: number): (n: number) => number {
  let state = seed >>> 0 || 1;
  return n => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

export function shuffled<T>(items: readonly T[], next: (n: number) => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = next(i + 1);
    const [a, b] = [all[i], all[j]];
    if (a !== undefined && b !== undefined) [all[i], all[j]] = [b, a];
  }
  return all;
}

/** The same value with the keys of its objects in another order. */
export function reordered(value: Json, next: (n: number) => number): Json {
  if (Array.isArray(value)) return value.map(inner => reordered(inner, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(shuffled(Object.entries(value), next).map(([k, v]) => [k, reordered(v, next)]));
}

/** The same value written with white space and escapes wherever JSON allows them. */
export function scrawled(value: Json, next: (n: number) => number): string {
  const space = () => ['', '', ' ', '\n    ', '\r\n\t', ' '.repeat(next(40))][next(6)] ?? '';
  const string = (text: string) =>
    `"${Array.from(
      JSON.stringify(text)
        .slice(1, -1)
        .matchAll(/\\u....|\\.|[^\\]/gsu),
      ([one = '']) =>
        one.length === 1 && next(12) === 0 ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}` : one,
    ).join('')}"`;
  const write = (inner: Json): string => {
    if (typeof inner === 'string') return string(inner);
    if (Array.isArray(inner))
      return `[${inner.map(one => space() + write(one) + space()).join(',') || space()}]`;
    if (typeof inner !== 'object' || inner === null) return JSON.stringify(inner);
    const members = Object.entries(inner).map(
      ([key, one]) => `${space()}${string(key)}${space()}:${space()}${write(one)}${space()}`,
    );
    return `{${members.join(',') || space()}}`;
  };
  return space() + write(value) + space();
}
