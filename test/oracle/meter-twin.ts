// The slow, obvious twin of kernel meter: cut the whole body into documents, JSON.parse each, read properties.
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import * as R from '../../src/core/raw-usage.js';
import { isObject, type Json, type JsonObject, list, object } from './meter-twin-json.js';
import { TwinTexts } from './meter-twin-text.js';
import { usageOf } from './meter-twin-usage.js';

export interface TwinReading {
  /** Field → largest value, and → last value. */
  readonly numbers: Map<number, number>;
  readonly last: Map<number, number>;
  model: string | null;
  finishReason: string | null;
  /** Generated text by `kind index`. */
  readonly texts: ReadonlyMap<string, string>;
  /** Some key came after the text that it is about: where a push ends between them the kernel cannot know. */
  late: boolean;
  events: number;
  /** Every document parsed. */
  clean: boolean;
}

export interface Document {
  readonly json: Json;
  readonly eventName: string | null;
}

type Framing = 'sse' | 'eventstream' | 'json';

/** Reads a whole body. `wrapped`: event-stream chunks hold base64 JSON. */
export function twinReading(body: Buffer, wrapped = false): TwinReading {
  const texts = new TwinTexts();
  const reading: TwinReading = {
    numbers: new Map(),
    last: new Map(),
    model: null,
    finishReason: null,
    texts: texts.texts,
    late: false,
    events: 0,
    clean: true,
  };
  const framing = framingOf(body);
  let documents: Document[] = [];
  try {
    documents = documentsOf(body, wrapped);
  } catch {
    reading.clean = false;
  }
  for (const document of documents) {
    read(reading, document);
    if (isObject(document.json)) texts.document(document.json, document.eventName, framing === 'sse');
  }
  reading.late = texts.late;
  return reading;
}

/** The JSON documents of a body, with their events' names. Throws where one does not parse or a checksum is wrong. */
export function documentsOf(body: Buffer, wrapped: boolean): Document[] {
  const framing = framingOf(body);
  return framing === 'sse' ? sse(body) : framing === 'json' ? plain(body) : eventstream(body, wrapped);
}

function framingOf(body: Buffer): Framing {
  if (body[0] === 0) return 'eventstream';
  return /^[\s\uFEFF]*[[{]/.test(body.toString('utf8', 0, 4096)) ? 'json' : 'sse';
}

function sse(body: Buffer): Document[] {
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  const documents: Document[] = [];
  for (const event of text.split(/(?:\r\n|\n|\r)(?:\r\n|\n|\r)/)) {
    const lines = event.split(/\r\n|\n|\r/);
    const data = lines.filter(line => line.startsWith('data:')).map(line => line.slice(5));
    const name = lines.filter(line => line.startsWith('event:')).at(-1);
    const joined = data.join('\n').trim();
    if (joined === '' || joined === '[DONE]') continue;
    // An event: line that comes after the data is too late to say what the data is.
    const early =
      lines.findIndex(line => line.startsWith('event:')) < lines.findIndex(line => line.startsWith('data:'));
    documents.push({
      json: JSON.parse(joined) as Json,
      eventName: early && name ? name.slice(6).trim() : null,
    });
  }
  return documents;
}

/** One document, one a line, or the elements of an array. */
function plain(body: Buffer): Document[] {
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  let whole: Json;
  try {
    whole = JSON.parse(text) as Json;
  } catch {
    const lines = text.split('\n').filter(line => line.trim() !== '');
    return lines.map(line => ({ json: JSON.parse(line) as Json, eventName: null }));
  }
  return (Array.isArray(whole) ? whole : [whole]).map(json => ({ json, eventName: null }));
}

function eventstream(body: Buffer, wrapped: boolean): Document[] {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const documents: Document[] = [];
  for (let at = 0; at < body.length; ) {
    const length = body.readUInt32BE(at);
    const message = codec.decode(body.subarray(at, at + length));
    at += length;
    const payload = Buffer.from(message.body).toString('utf8');
    if (payload === '') continue;
    const json = JSON.parse(payload) as Json;
    const bytes = object(json)?.bytes;
    if (wrapped && message.headers[':event-type']?.value === 'chunk') {
      if (typeof bytes !== 'string') continue;
      documents.push({
        json: JSON.parse(Buffer.from(bytes, 'base64').toString('utf8')) as Json,
        eventName: null,
      });
    } else documents.push({ json, eventName: null });
  }
  return documents;
}

function read(reading: TwinReading, document: Document): void {
  const root = document.json;
  if (!isObject(root)) return;
  reading.events++;
  for (const [field, value] of usageOf(root)) {
    reading.numbers.set(field, Math.max(reading.numbers.get(field) ?? -1, value));
    reading.last.set(field, value);
  }
  const first = [
    root.model,
    root.modelVersion,
    root.model_version,
    object(root.message)?.model,
    object(root.interaction)?.model,
  ];
  reading.model ||= first.find(isText) ?? null;
  const served = object(root.response)?.model;
  if (isText(served)) reading.model = served;
  for (const reason of finishReasons(root)) reading.finishReason = reason;
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';

/** Every reason the document gives; which comes last depends on the order of keys, so tests use documents that give one. */
function finishReasons(root: JsonObject): string[] {
  const response = object(root.response);
  const delta = object(root.delta);
  return [
    root.stop_reason,
    root.stopReason,
    root.done_reason,
    root.finish_reason,
    root.completionReason,
    root.status,
    object(root.incomplete_details)?.reason,
    response?.status,
    response?.finish_reason,
    object(response?.incomplete_details)?.reason,
    object(root.interaction)?.status,
    delta?.stop_reason,
    delta?.finish_reason,
    object(root.message)?.stop_reason,
    object(root.messageStop)?.stopReason,
    ...list(root.choices).flatMap(choice => [object(choice)?.finish_reason, object(choice)?.finishReason]),
    ...list(root.candidates).map(candidate => object(candidate)?.finishReason),
    ...list(root.results).map(result => object(result)?.completionReason),
  ].filter(isText);
}

/** The same of a kernel reading's arrays, so that the two compare. */
export function known(numbers: Float64Array): Map<number, number> {
  const map = new Map<number, number>();
  for (let field = 0; field < R.RAW_FIELDS; field++) {
    const value = numbers[field] ?? -1;
    if (value >= 0) map.set(field, value);
  }
  return map;
}
