// Hot path: per step of a record. What a step shows, as pairs of a key (a text) and a value:
//
// varint 0 null · 1 true · 2 false · 3 a float64 follows · 4 length and UTF-8 bytes follow · 5 dollars: a number of nanos follows
//        2n + 6 the whole number n · 2n + 7 text n of the dictionary
//
// and 0 in the place of a key at the end.
import { type EvidenceSink, LateEvidence, type Step, type StepEvidence } from '../../core/entry.js';
import { usdText } from '../../price/amounts.js';
import type { BodyReader } from './body-reader.js';
import type { BodyWriter } from './body-writer.js';

const WHOLE_MAX = 2 ** 52;

type Value = StepEvidence[string];

/** Writes each pair as it is told. */
class WritingSink implements EvidenceSink {
  writer: BodyWriter | null = null;

  pair(key: string, value: Value): void {
    if (this.writer !== null) putPair(this.writer, key, value);
  }

  usd(key: string, nanos: number): void {
    const { writer } = this;
    if (writer === null) return;
    writer.own(key);
    writer.byte(5);
    writer.number(nanos);
  }
}

const sink = new WritingSink();

export function putEvidence(writer: BodyWriter, evidence: Step['evidence'], brief: boolean): void {
  if (!brief && evidence instanceof LateEvidence) {
    sink.writer = writer;
    evidence.tell(sink);
  } else if (!brief) putPairs(writer, evidence as StepEvidence);
  writer.byte(0);
}

function putPairs(writer: BodyWriter, evidence: StepEvidence): void {
  for (const key in evidence) {
    const value = evidence[key];
    if (value !== undefined) putPair(writer, key, value);
  }
}

function putPair(writer: BodyWriter, key: string, value: Value): void {
  writer.own(key);
  if (typeof value === 'number') putNumber(writer, value);
  else if (typeof value === 'string') putText(writer, value);
  else writer.byte(value === null ? 0 : value ? 1 : 2);
}

function putNumber(writer: BodyWriter, value: number): void {
  if (value >= 0 && value < WHOLE_MAX && value === Math.floor(value)) writer.varint(value * 2 + 6);
  else {
    writer.byte(3);
    writer.double(value);
  }
}

function putText(writer: BodyWriter, value: string): void {
  const number = writer.dictionary.others(value);
  if (number >= 0) writer.varint(number * 2 + 7);
  else {
    writer.byte(4);
    writer.chars(value);
  }
}

export function readEvidence(reader: BodyReader): StepEvidence {
  const pairs: [string, Value][] = [];
  for (let key = reader.text(); key !== null; key = reader.text()) pairs.push([key, readValue(reader)]);
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(pairs);
}

function readValue(reader: BodyReader): Value {
  const head = reader.varint();
  if (head === 0) return null;
  if (head <= 2) return head === 1;
  if (head === 3) return reader.double();
  if (head === 4) return reader.chars();
  if (head === 5) return usdText(reader.whole());
  return head % 2 === 0 ? (head - 6) / 2 : reader.numbered((head - 7) / 2);
}
