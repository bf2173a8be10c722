// Hot path: per step of a record. What a step shows: names (a text, a line each) and as many values; or, after a null, pairs of a key (a text)
// and a value, until there is a 0 in the place of a key. A value:
//
// varint 0 null · 1 true · 2 false · 3 a float64 follows · 4 length and UTF-8 bytes follow · 5 dollars: a number of nanos follows
//        6 the end of the values that follow names · 2n + 8 the whole number n · 2n + 9 text n of the dictionary
import {
  type EvidenceSink,
  LateEvidence,
  type PairSink,
  type Step,
  type StepEvidence,
} from '../../core/entry.js';
import { usdText } from '../../price/amounts.js';
import { type BodyReader, LOST_TEXT } from './body-reader.js';
import type { BodyWriter } from './body-writer.js';

const WHOLE_MAX = 2 ** 52;
const END = 6;

type Value = StepEvidence[string];

/** Writes each value as it is told. */
class WritingSink implements EvidenceSink, PairSink {
  writer: BodyWriter | null = null;

  pair(key: string, value: Value): void {
    if (this.writer === null) return;
    this.writer.own(key);
    putValue(this.writer, value);
  }

  value(value: Value): void {
    if (this.writer !== null) putValue(this.writer, value);
  }

  usd(nanos: number): void {
    if (this.writer === null) return;
    this.writer.byte(5);
    this.writer.number(nanos);
  }
}

const sink = new WritingSink();

export function putEvidence(writer: BodyWriter, evidence: Step['evidence']): void {
  if (!(evidence instanceof LateEvidence)) {
    writer.own(null);
    putPairs(writer, evidence);
    return;
  }
  const { names } = evidence;
  writer.own(names);
  sink.writer = writer;
  if (names === null) evidence.tellPairs(sink);
  else evidence.tell(sink);
  writer.byte(names === null ? 0 : END);
}

/** Nothing is shown. */
export function putNoEvidence(writer: BodyWriter): void {
  writer.byte(0);
  writer.byte(0);
}

function putPairs(writer: BodyWriter, evidence: StepEvidence): void {
  for (const key in evidence) {
    const value = evidence[key];
    if (value === undefined) continue;
    writer.own(key);
    putValue(writer, value);
  }
  writer.byte(0);
}

function putValue(writer: BodyWriter, value: Value): void {
  if (typeof value === 'number') putNumber(writer, value);
  else if (typeof value === 'string') putText(writer, value);
  else writer.byte(value === null ? 0 : value ? 1 : 2);
}

function putNumber(writer: BodyWriter, value: number): void {
  if (value >= 0 && value < WHOLE_MAX && value === Math.floor(value)) writer.varint(value * 2 + 8);
  else {
    writer.byte(3);
    writer.double(value);
  }
}

function putText(writer: BodyWriter, value: string): void {
  const number = writer.dictionary.others(value);
  if (number >= 0) writer.varint(number * 2 + 9);
  else {
    writer.byte(4);
    writer.chars(value);
  }
}

export function readEvidence(reader: BodyReader): StepEvidence {
  const names = reader.text();
  return names === null ? readPairs(reader) : readValues(reader, names.split('\n'));
}

/** The names may be lost: how many values there are stands for itself. */
function readValues(reader: BodyReader, names: readonly string[]): StepEvidence {
  const pairs: [string, Value][] = [];
  for (let head = reader.varint(); head !== END; head = reader.varint())
    pairs.push([names[pairs.length] ?? `${LOST_TEXT} ${pairs.length}`, readValue(reader, head)]);
  return Object.fromEntries(pairs);
}

function readPairs(reader: BodyReader): StepEvidence {
  const pairs: [string, Value][] = [];
  for (let key = reader.text(); key !== null; key = reader.text())
    pairs.push([key, readValue(reader, reader.varint())]);
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(pairs);
}

function readValue(reader: BodyReader, head: number): Value {
  if (head === 0) return null;
  if (head <= 2) return head === 1;
  if (head === 3) return reader.double();
  if (head === 4) return reader.chars();
  if (head === 5) return usdText(reader.whole());
  return head % 2 === 0 ? (head - 8) / 2 : reader.numbered((head - 9) / 2);
}
