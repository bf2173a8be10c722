// Hot path: per step of a record. What a step shows, as pairs of a key (a text) and a value:
//
// varint 0 null · 1 true · 2 false · 3 a float64 follows · 4 length and UTF-8 bytes follow · 2n + 5 the whole number n · 2n + 6 text n of the
// dictionary
import { LateEvidence, type Step, type StepEvidence } from '../../core/entry.js';
import type { BodyReader } from './body-reader.js';
import type { BodyWriter } from './body-writer.js';

const WHOLE_MAX = 2 ** 52;

type Value = StepEvidence[string];

export function putEvidence(writer: BodyWriter, evidence: Step['evidence'], brief: boolean): void {
  const shown = evidence instanceof LateEvidence ? evidence.written() : evidence;
  let count = 0;
  if (!brief) for (const key in shown) if (shown[key] !== undefined) count++;
  writer.varint(count);
  if (brief) return;
  for (const key in shown) {
    const value = shown[key];
    if (value === undefined) continue;
    writer.own(key);
    putValue(writer, value);
  }
}

function putValue(writer: BodyWriter, value: Value): void {
  if (typeof value === 'number') putNumber(writer, value);
  else if (typeof value === 'string') putText(writer, value);
  else writer.byte(value === null ? 0 : value ? 1 : 2);
}

function putNumber(writer: BodyWriter, value: number): void {
  if (value >= 0 && value < WHOLE_MAX && value === Math.floor(value)) writer.varint(value * 2 + 5);
  else {
    writer.byte(3);
    writer.double(value);
  }
}

function putText(writer: BodyWriter, value: string): void {
  const number = writer.dictionary.others(value);
  if (number >= 0) writer.varint(number * 2 + 6);
  else {
    writer.byte(4);
    writer.chars(value);
  }
}

export function readEvidence(reader: BodyReader): StepEvidence {
  const pairs: [string, Value][] = [];
  const count = reader.count();
  for (let i = 0; i < count; i++) pairs.push([reader.text() ?? '', readValue(reader)]);
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(pairs);
}

function readValue(reader: BodyReader): Value {
  const head = reader.varint();
  if (head === 0) return null;
  if (head <= 2) return head === 1;
  if (head === 3) return reader.double();
  if (head === 4) return reader.chars();
  return head % 2 === 1 ? (head - 5) / 2 : reader.numbered((head - 6) / 2);
}
