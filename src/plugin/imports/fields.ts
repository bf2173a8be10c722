// Imports that read single facts of a request and its answer (CONTRACT.md §5.10), and the request's tags.
import {
  ABSENT,
  ABSENT_I64,
  INTEGER_FIELDS,
  type IntegerField,
  REFUSED,
  STRING_FIELDS,
  type StringField,
} from '../abi.js';
import type { Call } from '../call.js';

function byId<F extends string>(fields: Readonly<Record<F, number>>): readonly (F | undefined)[] {
  const names: (F | undefined)[] = [];
  for (const [name, id] of Object.entries(fields) as [F, number][]) names[id] = name;
  return names;
}

const INTEGERS = byId<IntegerField>(INTEGER_FIELDS);
const STRINGS = byId<StringField>(STRING_FIELDS);
const TAG_NAME_BYTES_MAX = 256;
/** Making a BigInt costs more than the rest of the import. */
const SMALL: readonly bigint[] = Array.from({ length: 1024 }, (_, i) => BigInt(i));

export function fieldImports(call: Call) {
  return {
    field_i64(id: number): bigint {
      const name = INTEGERS[id >>> 0];
      if (name === undefined) return ABSENT_I64;
      // May count the prompt, or look for parts of it.
      if (name === 'input_tokens' || name === 'opaque_parts') call.needScene();
      const value = call.scene.integer(name);
      return value === null ? ABSENT_I64 : (SMALL[value] ?? BigInt(value));
    },

    field_str(id: number, at: number, capacity: number): number {
      if (!call.within(at, capacity)) return REFUSED;
      const name = STRINGS[id >>> 0];
      const text = name === undefined ? null : call.scene.text(name);
      return text === null ? ABSENT : call.giveText(text, at, capacity);
    },

    tag_get(key: number, keyLength: number, at: number, capacity: number): number {
      if (!call.within(key, keyLength) || !call.within(at, capacity)) return REFUSED;
      if (keyLength > TAG_NAME_BYTES_MAX) return ABSENT;
      const name = call.text(key, keyLength, keyLength);
      const value = name === null ? null : call.scene.tag(name);
      return value === null ? ABSENT : call.giveText(value, at, capacity);
    },
  };
}
