// The request's body as the flow sees it, in its three forms: none, read whole, streamed on.
import type { Readable } from 'node:stream';
import type { BodyScan } from '../kernel/classify.js';
import { bodyMode, tooLarge, WholeBody } from './body-reader.js';
import type { Exchange } from './exchange.js';
import { applyBodyFacts } from './stages/classify-body.js';
import { Upload } from './upload.js';

export interface FlowBody {
  /** Starts the exchange's next phase at once where nothing has to be waited for. */
  begin(): void;
  take(chunk: ArrayBuffer, last: boolean): void;
  /** What undici reads, where the body is not held whole. */
  readonly stream: Readable | null;
  readonly replayable: boolean;
  readonly complete: boolean;
  readonly receivedBytes: number;
  /** Lets go of what is held. */
  release(): void;
}

/** Called once, with what is left to do with the body: the request may then be routed and forwarded. Never throws. */
export type BodyReady = (apply: () => void) => void;

export function openBody(exchange: Exchange, ready: BodyReady): FlowBody {
  exchange.bodyMode = bodyMode(exchange);
  switch (exchange.bodyMode) {
    case 'none':
      return new NoBody(exchange, ready);
    case 'whole':
      return new HeldBody(exchange, ready);
    case 'stream':
      return new StreamedBody(exchange, ready);
  }
}

class NoBody implements FlowBody {
  readonly #exchange: Exchange;
  readonly #ready: BodyReady;
  readonly stream = null;
  readonly replayable = true;
  readonly complete = true;
  readonly receivedBytes = 0;

  constructor(exchange: Exchange, ready: BodyReady) {
    this.#exchange = exchange;
    this.#ready = ready;
  }

  begin(): void {
    this.#ready(() => applyBodyFacts(this.#exchange, null));
  }

  take(): void {}

  release(): void {}
}

class HeldBody implements FlowBody {
  readonly #exchange: Exchange;
  readonly #ready: BodyReady;
  readonly #whole: WholeBody;
  readonly stream = null;
  readonly replayable = true;
  complete = false;
  #released = false;
  #received = 0;

  constructor(exchange: Exchange, ready: BodyReady) {
    this.#exchange = exchange;
    this.#ready = ready;
    this.#whole = new WholeBody(exchange);
  }

  get receivedBytes(): number {
    return this.#received;
  }

  begin(): void {}

  take(chunk: ArrayBuffer, last: boolean): void {
    this.#whole.take(chunk);
    this.#received = this.#whole.receivedBytes;
    if (!last) return;
    this.complete = true;
    this.#whole.finish((body, plain, facts) => {
      if (this.#released) return;
      this.#ready(() => {
        if (plain !== null && plain !== body) this.#whole.holdDecoded(plain.length);
        this.#exchange.body = body;
        this.#exchange.plainBody = plain;
        applyBodyFacts(this.#exchange, facts);
      });
    });
  }

  release(): void {
    this.#released = true;
    this.#exchange.body = this.#exchange.plainBody = null;
    this.#whole.release();
  }
}

class StreamedBody implements FlowBody {
  readonly #exchange: Exchange;
  readonly #ready: BodyReady;
  readonly #upload: Upload;
  #scan: BodyScan | null;

  constructor(exchange: Exchange, ready: BodyReady) {
    this.#exchange = exchange;
    this.#ready = ready;
    this.#upload = new Upload(exchange.downstream);
    const boundary = multipartBoundary(exchange.head.contentType);
    this.#scan =
      boundary === null || !exchange.entry.identification.isAi
        ? null
        : exchange.thread.classify.open('multipart', boundary);
  }

  get stream(): Readable {
    return this.#upload;
  }

  /** What has been streamed on cannot be sent again. */
  get replayable(): boolean {
    return this.#upload.receivedBytes === 0;
  }

  get complete(): boolean {
    return this.#upload.complete;
  }

  get receivedBytes(): number {
    return this.#upload.receivedBytes;
  }

  begin(): void {
    const exchange = this.#exchange;
    this.#ready(() => {
      // The model may stand in a form field that has not come yet: rules that ask for it cannot be answered.
      exchange.opaque = exchange.entry.identification.isAi && exchange.head.method !== 'GET';
    });
  }

  take(chunk: ArrayBuffer, last: boolean): void {
    const { bodyBytes } = this.#exchange.runtime.config.limits;
    if (this.#upload.receivedBytes + chunk.byteLength > bodyBytes) throw tooLarge(bodyBytes);
    this.#scan?.push(new Uint8Array(chunk));
    this.#upload.accept(chunk, last);
    if (last && this.#scan !== null) {
      const facts = this.#scan.finish();
      this.#scan = null;
      const provider = this.#exchange.entry.identification.provider;
      applyBodyFacts(this.#exchange, facts);
      this.#exchange.entry.identification.provider = provider;
    }
  }

  release(): void {
    this.#scan?.abandon();
    this.#scan = null;
    if (!this.#upload.complete) this.#upload.destroy();
  }
}

function multipartBoundary(contentType: string): string | null {
  if (!contentType.toLowerCase().startsWith('multipart/')) return null;
  const match = /boundary=(?:"([^"]{1,70})"|([^;\s]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}
