// Finds out how an answer is framed: by its first bytes, whatever its label says, as kernel meter does.
import type { ApiName } from '../../core/api.js';
import { AwsFramer } from './aws-framer.js';
import { JsonFramer } from './json-framer.js';
import { SseFramer } from './sse-framer.js';
import { type Framer, NOTHING, Unit, type UnitSink } from './unit.js';

/** What decides beside the bytes. */
export interface FramingHints {
  readonly api: ApiName;
  /** As the head says it. */
  readonly contentType: string;
  /** Longest event, longest whole answer. */
  readonly bytesMax: number;
}

const FIELDS = ['data', 'event', 'id', 'retry', ':'] as const;

/** A framer for an answer that begins with `bytes`; null: more of them are needed. */
export function framerFor(bytes: Buffer, hints: FramingHints, sink: UnitSink): Framer | null {
  const type = hints.contentType.trim().toLowerCase();
  const isSse = type.startsWith('text/event-stream');
  let at = 0;
  for (; at < bytes.length; at++) {
    const c = bytes[at] ?? 0;
    const isMark = c === 0xef || c === 0xbb || c === 0xbf;
    if (!isMark && c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
  }
  if (at === bytes.length) return null;
  const c = bytes[at] ?? 0;
  if (c === 0x7b || c === 0x5b) return new JsonFramer(sink, hints.bytesMax, areLines(type));
  if (c === 0 && !isSse) return new AwsFramer(sink, hints.bytesMax, hints.api === 'bedrock.invoke');
  if (isSse) return new SseFramer(sink, hints.bytesMax);
  const start = bytes.toString('latin1', at, at + 6);
  if (FIELDS.some(field => start.startsWith(field))) return new SseFramer(sink, hints.bytesMax);
  if (start.length < 6 && FIELDS.some(field => field.startsWith(start))) return null;
  // null, a number, a string
  if (type.includes('json')) return new JsonFramer(sink, hints.bytesMax, false);
  return new OpaqueFramer(sink);
}

/** A document a line, said to be so. */
function areLines(type: string): boolean {
  return /ndjson|jsonl|json-seq|stream\+json|jsonlines/.test(type);
}

/** Nothing that can be read. */
class OpaqueFramer implements Framer {
  readonly #sink: UnitSink;
  #bytes: Buffer = NOTHING;
  #said = false;

  constructor(sink: UnitSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#said) return;
    this.#said = true;
    this.#sink(new Unit({ bytes: NOTHING, fault: 'the answer is neither JSON nor a stream of events' }));
  }

  end(): void {}

  take(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = NOTHING;
    return bytes;
  }
}
