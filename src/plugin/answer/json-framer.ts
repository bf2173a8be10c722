// Cuts JSON answers: one document that is the whole answer, one after another (NDJSON), or the elements of one array that comes as a
// stream (Gemini). Which it is shows as it comes: a first document waits for its successor or the end, unless it was said to be a line.
// Hot path: per chunk.
import { type Framer, Gathered, NOTHING, Unit, type UnitSink } from './unit.js';

const QUOTE = 0x22;
const SLASH = 0x5c;
/** Strings up to here are looked at byte by byte; of longer ones the closing quote is searched for. */
const SHORT_BYTES = 24;

export class JsonFramer implements Framer {
  readonly #sink: UnitSink;
  readonly #bytesMax: number;
  /** Documents are known to be events. */
  #stream: boolean;
  readonly #gathered = new Gathered();
  /** Nothing but white space has come. */
  #untouched = true;
  /** Offset in the unit in progress where its document begins and ends; -1: not yet. */
  #docAt = -1;
  #docEnd = -1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #broken = false;

  constructor(sink: UnitSink, bytesMax: number, lines: boolean) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
    this.#stream = lines;
  }

  push(chunk: Buffer): void {
    if (this.#broken) {
      this.#gathered.add(chunk);
      return;
    }
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#docAt >= 0 && this.#docEnd < 0) {
        at = this.#follow(chunk, at);
        if (at < 0) break;
        this.#docEnd = this.#gathered.size + at - from;
        if (!this.#stream) continue;
        this.#emit(chunk.subarray(from, at), false);
        from = at;
        continue;
      }
      const c = chunk[at] ?? 0;
      if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) at++;
      else if (this.#untouched && (c === 0xef || c === 0xbb || c === 0xbf)) at++;
      else if (this.#untouched && c === 0x5b) {
        this.#stream = true;
        this.#untouched = false;
        at++;
      } else if (this.#stream && (c === 0x2c || c === 0x5d)) at++;
      else {
        this.#untouched = false;
        if (this.#docAt >= 0) {
          // The document that waited was the first of several.
          this.#stream = true;
          this.#emit(chunk.subarray(from, at), false);
          from = at;
        }
        this.#docAt = this.#gathered.size + at - from;
      }
    }
    const rest = chunk.subarray(from);
    if (this.#docAt < 0 && this.#stream && rest.length > 0)
      this.#sink(new Unit({ bytes: this.#gathered.take(rest) }));
    else this.#gathered.add(rest);
    if (this.#gathered.size > this.#bytesMax) this.#fault(`the answer is over ${this.#bytesMax} bytes`);
  }

  end(): void {
    if (this.#broken) return;
    if (this.#docAt >= 0 && this.#docEnd < 0 && !this.#ended()) this.#fault('the answer is not whole JSON');
    else if (this.#gathered.size > 0) this.#emit(NOTHING, !this.#stream);
  }

  take(): Buffer {
    return this.#gathered.take(NOTHING);
  }

  /** A bare number or word ends with the answer. */
  #ended(): boolean {
    if (this.#depth !== 0 || this.#inString) return false;
    this.#docEnd = this.#gathered.size;
    return true;
  }

  #emit(last: Buffer, whole: boolean): void {
    const bytes = this.#gathered.take(last);
    const [from, to] = [this.#docAt, this.#docEnd];
    this.#docAt = this.#docEnd = -1;
    this.#sink(from < 0 ? new Unit({ bytes, whole }) : new Unit({ bytes, doc: bytes, from, to, whole }));
  }

  #fault(detail: string): void {
    this.#broken = true;
    this.#sink(new Unit({ bytes: NOTHING, fault: detail }));
  }

  /** Follows the document from `at`; behind its end, -1 where that has not come. */
  #follow(chunk: Buffer, from: number): number {
    let at = from;
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let end = -1;
    let searchAt = at;
    const { length } = chunk;
    while (at < length) {
      const c = chunk[at] ?? 0;
      if (inString) {
        if (at >= searchAt && !escaped) {
          searchAt = at + SHORT_BYTES;
          const quote = chunk.indexOf(QUOTE, at);
          const stop = quote < 0 ? length : quote;
          escaped = endsEscaped(chunk, at, stop);
          at = stop;
          continue;
        }
        at++;
        if (escaped) escaped = false;
        else if (c === SLASH) escaped = true;
        else if (c === QUOTE) {
          inString = false;
          if (depth === 0) {
            end = at;
            break;
          }
        }
        continue;
      }
      if (depth === 0 && (c === 0x2c || c === 0x5d || c === 0x0a || c === 0x0d || c === 0x20 || c === 0x09)) {
        end = at; // behind a bare number or word
        break;
      }
      at++;
      if (c === QUOTE) {
        inString = true;
        searchAt = at + SHORT_BYTES;
      } else if (c === 0x7b || c === 0x5b) depth++;
      else if ((c === 0x7d || c === 0x5d) && --depth <= 0) {
        depth = 0;
        end = at;
        break;
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return end;
  }
}

/** Whether what follows [from, to), within a string, is escaped. */
function endsEscaped(bytes: Buffer, from: number, to: number): boolean {
  let at = to;
  while (at > from && bytes[at - 1] === SLASH) at--;
  return ((to - at) & 1) === 1;
}
